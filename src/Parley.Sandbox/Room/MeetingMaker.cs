using System.Globalization;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Room;

/// <summary>A past to be made up: so many sessions of so many meetings between two instants.</summary>
internal sealed record PastPlan(int Sessions, Instant From, Instant To)
{
    public int Meetings { get; init; } = 50;
    public int Minutes { get; init; } = 30;
    public int Guests { get; init; } = 2;

    /// <summary>Every so-manieth session has a recording; null = none has.</summary>
    public int? RecordingEvery { get; init; }
    public string Subject { get; init; } = "Weekly call";
    public string Type { get; init; } = "recurring";
}

/// <summary>Makes meetings that no client asked for, and a past for them; the same plan gives the same times and people.</summary>
internal static class MeetingMaker
{
    private static readonly string[] Names = ["Alice Acker", "Bruno Bell", "Chiara Conti", "Dagny Dahl", "Emre Eker"];

    public static Meeting Make(World state, Person owner, string subject, string type, Instant start, Duration length)
    {
        long id = Secrets.Digits(9);
        while (state.Meetings.Find(Text(id)) is not null)
        {
            id = Secrets.Digits(9);
        }

        return state.Meetings.Put(
            Text(id),
            new Meeting
            {
                Id = id,
                OwnerKey = owner.Key,
                Subject = subject,
                StartsAt = start,
                EndsAt = start + length,
                Type = type,
                PasswordRequired = false,
                Audio = "Hybrid",
                CoOrganizers = [],
                CreatedAt = start,
                UpdatedAt = start,
            }
        );
    }

    /// <summary>Sessions lie evenly between the two instants and go round the meetings.</summary>
    public static (IReadOnlyList<Meeting> Meetings, IReadOnlyList<Session> Sessions) Fill(
        World state,
        Person owner,
        PastPlan plan
    )
    {
        Duration length = Duration.FromMinutes(plan.Minutes);
        double step = (plan.To - plan.From).TotalSeconds / plan.Sessions;
        Instant At(int index) => plan.From + Duration.FromSeconds(Math.Floor(index * step));
        List<Meeting> meetings =
        [
            .. Enumerable
                .Range(0, Math.Min(plan.Meetings, plan.Sessions))
                .Select(index =>
                    Make(
                        state,
                        owner,
                        string.Create(CultureInfo.InvariantCulture, $"{plan.Subject} {index + 1}"),
                        plan.Type,
                        At(index),
                        length
                    )
                ),
        ];
        List<Session> sessions =
        [
            .. Enumerable
                .Range(0, plan.Sessions)
                .Select(index =>
                    MeetingRoom.Record(
                        state,
                        meetings[index % meetings.Count],
                        new PastSession(At(index), length)
                        {
                            Stays = [.. Enumerable.Range(0, plan.Guests).Select(guest => StayOf(index + guest))],
                            Recording =
                                plan.RecordingEvery is { } every && index % every == 0 ? new PastRecording() : null,
                        }
                    )
                ),
        ];
        return (meetings, sessions);
    }

    /// <summary>Every fifth guest tells no address.</summary>
    public static PastStay StayOf(int number)
    {
        string name = Names[number % Names.Length];
        string email = $"{name.Split(' ')[0].ToLowerInvariant()}@customer.example";
        return new PastStay(new Guest(name, number % Names.Length == 4 ? null : email));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
