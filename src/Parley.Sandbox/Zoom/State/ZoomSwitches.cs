namespace Parley.Sandbox.Zoom.State;

/// <summary>Switches for what nobody outside knows about the real service (reference §12), and for what accounts differ in.</summary>
public sealed record ZoomSwitches
{
    /// <summary>Null: a used refresh token is dead at once (<c>strict</c>); else it works for so many seconds more (<c>grace:60</c>).</summary>
    public int? RotationGraceSeconds { get; init; }
    public int RefreshTokenSeconds { get; init; } = 90 * 24 * 3600;

    /// <summary>Life of an access token and <c>expires_in</c>; 3599 is seen too.</summary>
    public int AccessTokenSeconds { get; init; } = 3600;
    public int CodeSeconds { get; init; } = 300;

    /// <summary>Status of code 124: 401 or 400.</summary>
    public int ExpiryStatus { get; init; } = 401;

    /// <summary>What becomes of Decline: <c>error</c> = back with <c>error=access_denied</c>, <c>never</c> = nothing is called back.</summary>
    public string Decline { get; init; } = "error";

    /// <summary>A <c>scope</c> parameter of the authorize request: <c>ignored</c> or <c>refused</c>.</summary>
    public string AuthorizeScope { get; init; } = "ignored";

    /// <summary>Whether a redirect URI must be https to be taken, registered or not.</summary>
    public bool HttpsRedirect { get; init; }

    /// <summary>Whether errors of the token endpoint carry <c>errorCode</c> and <c>errorMessage</c> besides <c>reason</c> and <c>error</c>.</summary>
    public bool OauthErrorCodes { get; init; } = true;

    /// <summary><c>api_url</c> of the token reply: <c>own</c> = this twin, <c>absent</c>, or the address of another.</summary>
    public string ApiUrl { get; init; } = "own";

    /// <summary>Which accounts need an administrator's approval: <c>multiUser</c>, <c>always</c> or <c>never</c>.</summary>
    public string PreApproval { get; init; } = "multiUser";

    /// <summary>An approval that was withdrawn is given back: tokens stay disabled (<c>newConsent</c>), or work again (<c>revives</c>).</summary>
    public string Reapproval { get; init; } = "newConsent";

    /// <summary>Largest <c>page_size</c> of <c>GET /users</c>: 300 in guides, 2000 in the published file.</summary>
    public int UsersPageMax { get; init; } = 300;

    /// <summary><c>GET /accounts/me/plans/usage</c>: <c>available</c>, <c>4711</c> or <c>403</c>.</summary>
    public string PlanUsage { get; init; } = "available";

    /// <summary><c>me</c> under server-to-server tokens: <c>refused</c>, or the account's <c>owner</c>.</summary>
    public string ServerToServerMe { get; init; } = "refused";
}
