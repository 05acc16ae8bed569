using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>Someone to be told by mail.</summary>
public sealed record AttendeeRequest
{
    public string? Name { get; init; }
    public string? Email { get; init; }

    /// <summary>False: no mail.</summary>
    public bool Notify { get; init; } = true;
}

public sealed record MeetingOptionsRequest
{
    public bool? WaitingRoom { get; init; }
    public bool? JoinBeforeHost { get; init; }
}

/// <summary>Body of POST …/meetings; PATCH merges into the same shape.</summary>
public sealed record MeetingRequest
{
    /// <summary>1–100 characters, returned as given.</summary>
    public string? Subject { get; init; }

    /// <summary>Required of scheduled meetings; instant ones start now, recurring ones need no time.</summary>
    public Instant? StartsAt { get; init; }

    /// <summary>Either this or <see cref="EndsAt"/>; 1–1440. 60 where neither is required.</summary>
    public int? DurationMinutes { get; init; }
    public Instant? EndsAt { get; init; }

    /// <summary>IANA.</summary>
    public string? TimeZone { get; init; }
    public string? Description { get; init; }
    public bool PasscodeRequired { get; init; }

    /// <summary><c>hybrid</c> (default), <c>pstn</c>, <c>voip</c>, <c>private</c> or <c>custom</c> with <see cref="AudioText"/>.</summary>
    public string? Audio { get; init; }
    public string? AudioText { get; init; }

    /// <summary>Organizers of the same account, by key or e-mail address.</summary>
    public IReadOnlyList<string>? CoOrganizers { get; init; }
    public ReferenceRequest? Reference { get; init; }
    public IReadOnlyList<AttendeeRequest>? Attendees { get; init; }

    /// <summary>
    /// <c>scheduled</c> (default); <c>instant</c>: it starts now; <c>recurring</c>: a room that stays until it is removed and reserves no
    /// time. Cannot be changed later.
    /// </summary>
    public string? Type { get; init; }
    public MeetingOptionsRequest? Options { get; init; }

    /// <summary>The desired state as a request, for merging a PATCH into. A patch that moves only the start keeps the length.</summary>
    public static MeetingRequest Of(Arrangement arrangement)
    {
        var details = arrangement.Details;
        var spec = arrangement.ToSpec();
        var timed = !arrangement.IsRecurring || details.UsualMinutes is not null;
        return new MeetingRequest
        {
            Subject = arrangement.Subject,
            StartsAt = timed ? spec.StartsAt : null,
            DurationMinutes = timed ? WholeMinutes.Between(spec.StartsAt, spec.EndsAt) : null,
            TimeZone = arrangement.TimeZone,
            Description = details.Description,
            PasscodeRequired = details.PasscodeRequired,
            Audio = JsonNamingPolicy.CamelCase.ConvertName(details.Audio.ToString()),
            AudioText = details.AudioText,
            CoOrganizers = details.CoOrganizerKeys,
            Reference = ReferenceRequest.Of(arrangement.Reference),
            Attendees = arrangement
                .AttendeeList.Select(attendee => new AttendeeRequest
                {
                    Name = attendee.Name,
                    Email = attendee.Email,
                    Notify = attendee.Notify,
                })
                .ToList(),
            Type = MeetingViews.TypeOf(details.Type),
            Options = details is { WaitingRoom: null, JoinBeforeHost: null }
                ? null
                : new MeetingOptionsRequest
                {
                    WaitingRoom = details.WaitingRoom,
                    JoinBeforeHost = details.JoinBeforeHost,
                },
        };
    }

    /// <summary>Something that passes for a key in place of each address, to check the rest before anybody is looked up.</summary>
    internal MeetingRequest WithoutAddresses() =>
        this with
        {
            CoOrganizers = CoOrganizers?.Select(named => named?.Contains('@') == true ? "address" : named!).ToList(),
        };
}

/// <summary>A checked request.</summary>
public sealed record MeetingWish
{
    public required string Subject { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }
    public required string TimeZone { get; init; }
    public required ArrangementDetails Details { get; init; }
    public required string? Reference { get; init; }
    public required IReadOnlyList<ArrangementAttendee> Attendees { get; init; }

    public Instant ProviderEndsAt => Details.EndForProvider(StartsAt, EndsAt);

    private const int LongestMinutes = 24 * 60;
    private const int MostAttendees = 100;

    // What people have who say nothing of it.
    private const int UsualMinutes = 60;
    private static readonly Duration AlmostNow = Duration.FromMinutes(5);

    /// <summary>Checks everything and names everything that is wrong.</summary>
    /// <param name="now">A start before this is refused.</param>
    /// <param name="unchangedStart">A start equal to this may be past: it is not being moved.</param>
    /// <param name="fixedType">Of a meeting that exists already: what it is cannot be changed.</param>
    public static Answer<MeetingWish> Check(
        MeetingRequest request,
        Instant now,
        Instant? unchangedStart = null,
        MeetingType? fixedType = null
    )
    {
        var errors = new FieldErrors();
        var type = TypeOf(request, fixedType, errors);
        var subject = errors.Text("subject", request.Subject, 1, 100);
        var zone = errors.Zone("timeZone", request.TimeZone);
        var start = Start(request, type, now, unchangedStart, errors);
        var end = End(request, type, start, errors);
        var audio = Audio(request, errors);
        var recurring = type == MeetingType.Recurring;
        var timed = request is not { StartsAt: null, EndsAt: null, DurationMinutes: null };
        var wish = new MeetingWish
        {
            Subject = subject,
            StartsAt = start,
            EndsAt = recurring ? Arrangement.NeverEnds : end,
            TimeZone = zone.Id,
            Details = new ArrangementDetails
            {
                Description = errors.Lines("description", request.Description, 2000),
                PasscodeRequired = request.PasscodeRequired,
                Audio = audio,
                AudioText = audio == AudioOption.Custom ? errors.Text("audioText", request.AudioText, 1, 255) : null,
                CoOrganizerKeys = CoOrganizers(request, errors),
                Type = type,
                UsualMinutes = recurring && timed ? WholeMinutes.Between(start, end) : null,
                WaitingRoom = request.Options?.WaitingRoom,
                JoinBeforeHost = request.Options?.JoinBeforeHost,
            },
            Reference = ReferenceRequest.Check(request.Reference, errors),
            Attendees = AttendeesOf(request, zone.Id, errors),
        };
        if (recurring && wish.Attendees.Any(attendee => attendee.Notify))
        {
            errors.Add("attendees", "cannot be invited to a recurring meeting, which has no time: set notify to false");
        }

        return errors.Any ? errors.ToProblem() : wish;
    }

    private static MeetingType TypeOf(MeetingRequest request, MeetingType? fixedType, FieldErrors errors)
    {
        MeetingType? type = request.Type switch
        {
            null => fixedType ?? MeetingType.Scheduled,
            "scheduled" => MeetingType.Scheduled,
            "instant" => MeetingType.Instant,
            "recurring" => MeetingType.Recurring,
            _ => null,
        };
        if (type is null)
        {
            errors.Add("type", "must be one of scheduled, instant, recurring");
        }
        else if (fixedType is { } kept && kept != type)
        {
            errors.Add("type", "cannot be changed: make another meeting");
        }

        return fixedType ?? type ?? MeetingType.Scheduled;
    }

    private static Instant Start(
        MeetingRequest request,
        MeetingType type,
        Instant now,
        Instant? unchanged,
        FieldErrors errors
    )
    {
        // Only whole seconds travel.
        var second = Instant.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        if (request.StartsAt is not { } start)
        {
            if (type == MeetingType.Scheduled)
            {
                errors.Add("startsAt", "is required");
                return Instant.MinValue;
            }

            return unchanged ?? second;
        }

        if (start == unchanged)
        {
            return start;
        }

        if (type == MeetingType.Instant)
        {
            if (start < now - AlmostNow || start > now + AlmostNow)
            {
                errors.Add("startsAt", "does not belong to an instant meeting, which starts now: leave it out");
            }

            return unchanged ?? second;
        }

        if (start < now)
        {
            errors.Add("startsAt", "lies in the past");
        }

        return start;
    }

    private static Instant End(MeetingRequest request, MeetingType type, Instant start, FieldErrors errors)
    {
        var missing = type == MeetingType.Scheduled && request.StartsAt is null;
        if (request.EndsAt is { } end)
        {
            var minutes = (end - start).TotalMinutes;
            if (request.DurationMinutes is { } both && minutes != both)
            {
                errors.Add("endsAt", "contradicts durationMinutes: give one of them");
            }
            else if (!missing && minutes is < 1 or > LongestMinutes)
            {
                errors.Add("endsAt", $"must lie 1 to {LongestMinutes} minutes after startsAt");
            }

            return end;
        }

        if (request.DurationMinutes is not { } duration)
        {
            if (type != MeetingType.Scheduled)
            {
                return start + Duration.FromMinutes(UsualMinutes);
            }

            errors.Add("durationMinutes", "is required (or endsAt)");
            return start;
        }

        errors.Number("durationMinutes", duration, 1, LongestMinutes);
        return missing ? start : start + Duration.FromMinutes(Math.Clamp(duration, 1, LongestMinutes));
    }

    private static AudioOption Audio(MeetingRequest request, FieldErrors errors)
    {
        switch (request.Audio)
        {
            case null or "hybrid":
                return AudioOption.Hybrid;
            case "pstn":
                return AudioOption.Pstn;
            case "voip":
                return AudioOption.Voip;
            case "private":
                return AudioOption.Private;
            case "custom":
                return AudioOption.Custom;
            default:
                errors.Add("audio", "must be one of hybrid, pstn, voip, private, custom");
                return AudioOption.Hybrid;
        }
    }

    private static IReadOnlyList<string> CoOrganizers(MeetingRequest request, FieldErrors errors)
    {
        var keys = request.CoOrganizers ?? [];
        if (keys.Count > 50)
        {
            errors.Add("coOrganizers", "must have at most 50 entries");
        }

        for (var index = 0; index < keys.Count; index++)
        {
            // Addresses were turned into keys before, but for those the provider looks up itself.
            if (
                keys[index] is not { } key
                || (key.Contains('@', StringComparison.Ordinal) && !EmailAddress.IsValid(key))
            )
            {
                errors.Add($"coOrganizers[{index}]", "must be an organizer key or an e-mail address");
            }
            else if (key.Contains('@', StringComparison.Ordinal))
            {
                continue;
            }
            else
            {
                errors.Text($"coOrganizers[{index}]", key, 1, 64);
            }
        }

        return keys;
    }

    private static List<ArrangementAttendee> AttendeesOf(MeetingRequest request, string zone, FieldErrors errors)
    {
        var attendees = request.Attendees ?? [];
        if (attendees.Count > MostAttendees)
        {
            errors.Add("attendees", $"must have at most {MostAttendees} entries");
        }

        var checkedOnes = new List<ArrangementAttendee>();
        for (var index = 0; index < Math.Min(attendees.Count, MostAttendees); index++)
        {
            var email = errors.Email($"attendees[{index}].email", attendees[index].Email);
            if (checkedOnes.Exists(other => other.Email.Equals(email, StringComparison.OrdinalIgnoreCase)))
            {
                errors.Add($"attendees[{index}].email", "is named twice");
            }

            checkedOnes.Add(
                new ArrangementAttendee
                {
                    Name = errors.Text($"attendees[{index}].name", attendees[index].Name, 1, 200),
                    Email = email,
                    TimeZone = zone,
                    Notify = attendees[index].Notify,
                }
            );
        }

        return checkedOnes;
    }
}
