namespace Parley.Conferencing.Zoom;

/// <summary>
/// How many licences there are and in use. Only <c>plans/usage</c> tells what was bought, and it is refused to many accounts; the next source
/// counts users by kind, the last counts them here (zoom.md §4). Each figure names its source in <see cref="DirectoryLicence.Description"/>.
/// </summary>
internal sealed class ZoomLicences(ZoomHttp http)
{
    private const string Usage = "accounts/me/plans/usage";
    private const string Summary = "users/summary";
    private const string List = "users";

    public async Task<ProviderResult<IReadOnlyList<DirectoryLicence>>> ListAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    )
    {
        var plans = await http.ReadAsync(
            access,
            Usage,
            ZoomAsked.Account(ZoomScopes.PlanUsage),
            ZoomJson.Default.ZoomPlanUsageReply,
            cancellationToken
        );
        if (plans.Failure is { } unplanned && !IsNextSource(unplanned))
            return unplanned;
        if (plans.Succeeded && plans.Value.Base is { Hosts: not null } bought)
        {
            return ProviderResult.From<IReadOnlyList<DirectoryLicence>>([
                Licence(ZoomUsers.Licensed, "Zoom Meetings", Usage, bought.Type, bought.Hosts, bought.Usage),
                .. More("large-meeting", "Large meetings", plans.Value.LargeMeeting),
                .. More("webinar", "Webinars", plans.Value.Webinar),
            ]);
        }
        var summary = await http.ReadAsync(
            access,
            Summary,
            ZoomAsked.Account(ZoomScopes.UserSummary),
            ZoomJson.Default.ZoomUserSummaryReply,
            cancellationToken
        );
        if (summary.Failure is { } unsummed && !IsNextSource(unsummed))
            return unsummed;
        if (summary.Succeeded && summary.Value.Licensed is { } licensed)
            return Counted(Summary, licensed, summary.Value.Basic);
        var (paid, free) = (0, 0);
        var failure = await ZoomUsers.WalkAsync(
            http,
            access,
            ["active", "inactive"],
            (user, _) =>
            {
                paid += user.LicenceKeys.Contains(ZoomUsers.Licensed, StringComparer.Ordinal) ? 1 : 0;
                free += user.LicenceKeys.Contains(ZoomUsers.Basic, StringComparer.Ordinal) ? 1 : 0;
                return ValueTask.CompletedTask;
            },
            cancellationToken
        );
        return failure is null ? Counted(List, paid, free) : failure;
    }

    // What was bought is not known here: seats stay untold.
    private static ProviderResult<IReadOnlyList<DirectoryLicence>> Counted(string source, int licensed, int? basic) =>
        ProviderResult.From<IReadOnlyList<DirectoryLicence>>([
            Licence(ZoomUsers.Licensed, "Zoom Meetings", source, null, null, licensed),
            Licence(ZoomUsers.Basic, "Zoom Basic (free)", source, null, null, basic),
        ]);

    private static IEnumerable<DirectoryLicence> More(string key, string name, IReadOnlyList<ZoomPlanReply?>? plans) =>
        (plans ?? [])
            .OfType<ZoomPlanReply>()
            .Select(
                (plan, index) =>
                    Licence(
                        $"{key}:{ZoomMapper.Text(plan.Type) ?? $"{index}"}",
                        name,
                        Usage,
                        plan.Type,
                        plan.Hosts,
                        plan.Usage
                    )
            );

    private static DirectoryLicence Licence(
        string key,
        string name,
        string source,
        string? type,
        int? seats,
        int? assigned
    ) =>
        new()
        {
            Key = key,
            Description = $"{name}, by {source}",
            Type = ZoomMapper.Text(type),
            Products = ["meetings"],
            Seats = seats,
            AssignedSeats = assigned,
            Enabled = seats is not 0,
        };

    // Which accounts are told, Zoom's pages disagree about: no right, no plan, no such interface, an unreadable shape.
    private static bool IsNextSource(ProviderFailure failure) =>
        failure.Kind == FailureKind.MissingScope
        || failure.Kind == FailureKind.Rejected
        || failure.Kind == FailureKind.NotFound
        || failure.Code == FailureCodes.Unreadable;
}
