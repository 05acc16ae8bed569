using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>Sessions, stays and the people of an account, from what GoTo writes to what Parley means.</summary>
internal static class GoToMeetingRecordsMapper
{
    private const string DevicesHost = "@devices.logmein.com";
    private const string MeetingProduct = "G2M";

    public static Instant? Start(SessionReply reply) => reply.StartTime ?? reply.Date;

    /// <summary>Null while nothing says that it has ended.</summary>
    public static HeldSession? Held(SessionReply reply, LinkTrust links)
    {
        if (Start(reply) is not { } startedAt || GoToMeetingMapper.Digits(reply.MeetingId) is not { } meetingId)
            return null;
        var endedAt =
            reply.EndTime ?? (reply.Duration is { } minutes ? startedAt + Duration.FromMinutes(minutes) : null);
        if (endedAt is null || endedAt < startedAt)
            return null;
        var subject = GoToMeetingSubject.FromWire(reply.Subject ?? "");
        var (withoutMarker, marker) = Marker.Split(subject);
        var organizer = new OrganizerIdentity(
            Text(reply.OrganizerKey),
            Text(reply.Email),
            GoToMeetingMapper.FullName(reply.FirstName, reply.LastName)
        );
        return new HeldSession
        {
            MeetingId = meetingId,
            SessionId = Text(reply.SessionId) ?? Text(reply.MeetingInstanceKey),
            Subject = subject,
            SubjectWithoutMarker = withoutMarker,
            MarkerCandidate = marker,
            StartedAt = startedAt,
            EndedAt = endedAt.Value,
            AttendeeCount = reply.NumAttendees,
            Organizer = organizer is { Key: null, Email: null, Name: null } ? null : organizer,
            Recording = Recorded(reply.Recording, links),
        };
    }

    /// <summary>Null when nobody can have joined then: the time is missing.</summary>
    public static Attendance? Stay(AttendeeReply reply) =>
        reply.JoinTime is not { } joinedAt
            ? null
            : new Attendance
            {
                Name = Told(reply.AttendeeName) ?? Told(reply.Name),
                Email = Told(reply.AttendeeEmail),
                JoinedAt = joinedAt,
                LeftAt = reply.LeaveTime,
                SessionId = Text(reply.MeetingInstanceKey),
                OrganizerKey = Text(reply.OrganizerKey),
            };

    /// <param name="licences">By key; null when they cannot be told, then the products listed with the person decide.</param>
    public static DirectoryUser User(
        UserReply reply,
        string key,
        IReadOnlyDictionary<string, DirectoryLicence>? licences
    )
    {
        var standing = Standing(reply.Status);
        var keys = reply.LicenseKeys ?? [];
        var products = reply.Products ?? [];
        var known = keys.Select(licence => licences?.GetValueOrDefault(licence)).OfType<DirectoryLicence>().ToList();
        return new DirectoryUser
        {
            Key = key,
            Email = Text(reply.Email),
            Name = GoToMeetingMapper.FullName(reply.FirstName, reply.LastName),
            Locale = Text(reply.Locale),
            TimeZone = GoToMeetingMapper.Zone(reply.TimeZone),
            Status = Text(reply.Status),
            Standing = standing,
            LicenceKeys = keys,
            Products = products,
            AdminRoles = reply.AdminRoles ?? [],
            GroupKey = Text(reply.GroupKey),
            GroupName = Text(reply.GroupName),
            IsDevice = reply.Email?.Trim().EndsWith(DevicesHost, StringComparison.OrdinalIgnoreCase) == true,
            // A licence for webinars or trainings lists G2M among its products as well.
            MayOrganize =
                standing != UserStanding.Suspended
                && (
                    known.Count > 0
                        ? known.Exists(licence => licence.Enabled && HasMeetings(licence.Products))
                        : HasMeetings(products)
                ),
        };
    }

    public static DirectoryLicence Licence(LicenceReply reply, string key) =>
        new()
        {
            Key = key,
            Description = Text(reply.Description),
            Type = Text(reply.Type),
            Products = reply.Products ?? [],
            Seats = reply.Seats,
            AssignedSeats = reply.UserCount,
            // The field is always there by specification; a licence that is listed without it is one that is in use.
            Enabled = reply.Enabled ?? true,
            UserKeys = reply.UserKeys ?? [],
        };

    public static DirectoryGroup Group(GroupReply reply, string key) =>
        new(key, Text(reply.Name) ?? Text(reply.GroupName) ?? "")
        {
            UserKeys = reply.UserKeys ?? [],
            MemberCount = reply.TotalMemberCount,
        };

    // The words on the wire are documented nowhere; these are the ones of GoTo's own pages, in whatever case and joints.
    private static UserStanding Standing(string? status) =>
        new string([.. (status ?? "").Where(char.IsAsciiLetter)]).ToUpperInvariant() switch
        {
            "ACTIVE" => UserStanding.Active,
            "INACTIVE" => UserStanding.Inactive,
            "SUSPENDED" => UserStanding.Suspended,
            "INVITED" or "INVITESENT" or "INVITATIONSENT" => UserStanding.Invited,
            _ => UserStanding.Unknown,
        };

    private static bool HasMeetings(IReadOnlyList<string> products) =>
        products.Contains(MeetingProduct, StringComparer.OrdinalIgnoreCase);

    // Recordings lie on the transcripts host and on storage of changing names, so any host will do; only https.
    private static Recording? Recorded(RecordingReply? reply, LinkTrust links)
    {
        var share = links.IsSecure(reply?.ShareUrl) && NamesSomething(reply!.ShareUrl!) ? reply.ShareUrl : null;
        var download = links.IsSecure(reply?.DownloadUrl) ? reply!.DownloadUrl : null;
        return share is null && download is null ? null : new Recording(share, download);
    }

    // While there is nothing to share GoTo gives the bare host, https://transcripts.gotomeeting.com, or an empty token behind #/s/.
    private static bool NamesSomething(string url)
    {
        var uri = new Uri(url);
        return uri.AbsolutePath.Length > 1
            || uri.Query.Length > 1
            || uri.Fragment.TrimEnd('/').Split('/', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, ..]
            || (uri.Fragment.Length > 1 && !uri.Fragment.StartsWith("#/", StringComparison.Ordinal));
    }

    private static string? Told(string? text) =>
        Text(text)?.Trim() is { } told && !string.Equals(told, "NA", StringComparison.OrdinalIgnoreCase) ? told : null;

    private static string? Text(string? text) => GoToMeetingMapper.NullIfEmpty(text);
}
