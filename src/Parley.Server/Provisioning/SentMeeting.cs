using System.Security.Cryptography;
using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Provisioning;

/// <summary>What of a request identifies the meeting it would leave at the provider: kept with the effect, to tell our own ghosts from strangers.</summary>
public sealed record SentMeeting
{
    public required string Subject { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }

    /// <summary>Of the whole desired state, so that an update that changes nothing is recognised and not sent.</summary>
    public required string Digest { get; init; }

    /// <summary>What decides how it is joined: audio and passcode. The answer to an update does not tell the numbers and codes that follow from it.</summary>
    public string? Joining { get; init; }

    public static SentMeeting Of(Arrangement arrangement)
    {
        var spec = arrangement.ToSpec();
        return new SentMeeting
        {
            Subject = arrangement.Subject,
            StartsAt = spec.StartsAt,
            EndsAt = spec.EndsAt,
            Joining = $"{spec.Audio}/{spec.PasscodeRequired}/{spec.AudioText}",
            Digest = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(spec, Json.Stored))),
        };
    }

    public string ToJson() => JsonSerializer.Serialize(this, Json.Stored);

    public static SentMeeting? Read(string? json) =>
        json is null ? null : JsonSerializer.Deserialize<SentMeeting>(json, Json.Stored);

    /// <summary>
    /// Whether what the provider shows may still be this earlier wish: it differs from the desired state in nothing that is shown. GoTo keeps
    /// the audio option to itself, and the co-organizers where there are none.
    /// </summary>
    public bool MayStillBe(IConferencingProvider provider, Arrangement desired, Meeting seen) =>
        Digest != Of(desired).Digest
        && provider
            .Differences(desired.ToSpec() with { Subject = Subject, StartsAt = StartsAt, EndsAt = EndsAt }, seen)
            .Count == 0;

    /// <summary>
    /// What the provider certainly shows: the last call, when it was applied or refused at its first attempt. After one of unknown
    /// outcome that a newer wish took over nobody knows, and an update must go out even if it seems to change nothing.
    /// </summary>
    internal static async Task<SentMeeting?> CertainAsync(DbSession session, Arrangement arrangement)
    {
        var calls = await session.QueryAsync<Effect>(
            $"SELECT {Effects.Columns} FROM effect WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id AND kind = 'meeting' AND sent IS NOT NULL ORDER BY version DESC, sent_at DESC LIMIT 20",
            new { arrangement.WorkspaceId, arrangement.Id }
        );
        var last = calls.Find(call => call is not { State: EffectState.Rejected, Attempt: 1 });
        return last is { State: EffectState.Applied } && !await MovedMeetings.SinceAsync(session, arrangement, last)
            ? Read(last.Sent)
            : null;
    }

    /// <summary>The same time: with the marker in its subject, that makes it one of ours.</summary>
    public bool Covers(Meeting meeting) => meeting.StartsAt == StartsAt && meeting.EndsAt == EndsAt;
}
