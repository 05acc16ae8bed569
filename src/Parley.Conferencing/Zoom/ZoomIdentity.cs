using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>Whose token it is. <c>id</c> and <c>account_id</c> are the keys; an address may change hands.</summary>
internal sealed class ZoomIdentity(ZoomHttp http, ZoomClient client)
{
    public async Task<ProviderResult<AccountIdentity>> IdentifyAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    )
    {
        if (access.ServerToServerAccount is { } account)
            return await IdentifyAccountAsync(access, account, cancellationToken);
        var me = await client.UserAsync(access, "me", cancellationToken);
        if (me.Failure is { Kind: FailureKind.MissingScope } missing)
            return new AccountIdentity { MissingScope = missing.Scope ?? ZoomScopes.User };
        if (me.Failure is { } failure)
            return failure;
        return ZoomMapper.Text(me.Value.Id) is null ? ZoomErrors.Nameless() : Identity(me.Value);
    }

    /// <summary>Server-to-server has no "me": that the account's users are told shows that it answers, and for which account it is stands in the credentials.</summary>
    private async Task<ProviderResult<AccountIdentity>> IdentifyAccountAsync(
        ProviderAccess access,
        string account,
        CancellationToken cancellationToken
    )
    {
        var users = await http.ReadAsync(
            access,
            "users?page_size=1",
            ZoomAsked.Account(ZoomScopes.Users),
            ZoomJson.Default.ZoomUserPage,
            cancellationToken,
            ProviderHttp.ListAnswerLimit
        );
        return users.Failure switch
        {
            { Kind: FailureKind.MissingScope } missing => new AccountIdentity
            {
                AccountKey = account,
                IsAdministrator = true,
                MissingScope = missing.Scope ?? ZoomScopes.Users,
            },
            { } failure => failure,
            null => new AccountIdentity { AccountKey = account, IsAdministrator = true },
        };
    }

    private static AccountIdentity Identity(ZoomUserReply me) =>
        new()
        {
            OrganizerKey = me.Id,
            AccountKey = ZoomMapper.Text(me.AccountId),
            Email = ZoomMapper.Text(me.Email),
            Name = Name(me),
            Locale = ZoomMapper.Text(me.Language),
            TimeZone = ZoomZones.Read(me.TimeZone),
            IsAdministrator = IsAdministrator(me),
        };

    public static string? Name(ZoomUserReply user) =>
        ZoomMapper.Text(user.DisplayName) ?? ZoomMapper.Text($"{user.FirstName} {user.LastName}".Trim());

    /// <summary>The owner and administrators; a role the account made up counts when it is called so.</summary>
    public static bool IsAdministrator(ZoomUserReply user) =>
        user.RoleId?.Trim() is "0" or "1"
        || (
            user.RoleId?.Trim() is not "2"
            && user.RoleName is { } role
            && (
                role.Contains("admin", StringComparison.OrdinalIgnoreCase)
                || role.Trim().Equals("owner", StringComparison.OrdinalIgnoreCase)
            )
        );
}
