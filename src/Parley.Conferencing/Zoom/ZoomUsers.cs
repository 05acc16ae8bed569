namespace Parley.Conferencing.Zoom;

/// <summary>The users of an account, from what Zoom writes to what Parley means.</summary>
internal static class ZoomUsers
{
    public const string Licensed = "licensed";
    public const string Basic = "basic";

    /// <summary>A list for each status: Zoom hands out the active alone unless asked. A user is visited once.</summary>
    public static async Task<ProviderFailure?> WalkAsync(
        ZoomHttp http,
        ProviderAccess access,
        IEnumerable<string> statuses,
        Func<DirectoryUser, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var status in statuses)
        {
            var failure = await http.PagesAsync<ZoomUserPage, ZoomUserReply>(
                access,
                $"users?status={status}&page_size={ZoomClient.PageSize}",
                ZoomAsked.Account(ZoomScopes.Users),
                ZoomJson.Default.ZoomUserPage,
                async (row, token) =>
                {
                    if (Key(row) is null)
                        return ZoomErrors.Nameless();
                    var user = User(row with { Status = ZoomMapper.Text(row.Status) ?? status });
                    if (seen.Add(user.Key))
                        await visit(user, token);
                    return null;
                },
                cancellationToken
            );
            if (failure is not null)
                return failure;
        }
        return null;
    }

    /// <exception cref="InvalidOperationException">It has neither id nor address.</exception>
    public static DirectoryUser User(ZoomUserReply reply)
    {
        var standing = Standing(reply.Status);
        var licence = reply.Type switch
        {
            1 => Basic,
            2 => Licensed,
            _ => null,
        };
        return new DirectoryUser
        {
            Key = Key(reply) ?? throw new InvalidOperationException("A user without id and address."),
            Email = ZoomMapper.Text(reply.Email),
            Name = ZoomIdentity.Name(reply),
            Locale = ZoomMapper.Text(reply.Language),
            TimeZone = ZoomZones.Read(reply.TimeZone),
            Status = ZoomMapper.Text(reply.Status),
            Standing = standing,
            LicenceKeys = licence is null ? [] : [licence],
            AdminRoles = ZoomIdentity.IsAdministrator(reply) ? [ZoomMapper.Text(reply.RoleName) ?? "admin"] : [],
            GroupKey = reply.GroupIds is [var group, ..] ? group : null,
            // Basic users host as well, for 40 minutes at a time.
            MayOrganize = licence is not null && standing is not (UserStanding.Suspended or UserStanding.Invited),
        };
    }

    // Pending users have no id; Zoom takes the address in its place everywhere.
    private static string? Key(ZoomUserReply user) => ZoomMapper.Text(user.Id) ?? ZoomMapper.Text(user.Email);

    private static UserStanding Standing(string? status) =>
        status?.Trim().ToLowerInvariant() switch
        {
            "active" => UserStanding.Active,
            // Deactivated by an administrator: the person cannot sign in.
            "inactive" => UserStanding.Suspended,
            "pending" => UserStanding.Invited,
            _ => UserStanding.Unknown,
        };
}
