using NodaTime;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.State;

/// <summary>The personas every sandbox starts with, always under the same keys.</summary>
internal static class Seed
{
    public const string Password = "sandbox";

    /// <summary>What the client is registered for from the start.</summary>
    public static readonly IReadOnlyList<string> AllScopes = ["collab:", "identity:", "identity:scim.me"];

    /// <summary>What a client can be registered for (reference §1.7).</summary>
    public static readonly IReadOnlyList<string> KnownScopes = [.. AllScopes, "identity:scim.org", "support:"];

    /// <summary>Back to the personas; the client's registration stays, everything else goes.</summary>
    public static void Reset(World world)
    {
        world.Settings = new Settings();
        world.Accounts.RemoveWhere(_ => true);
        world.People.RemoveWhere(_ => true);
        world.Consents.RemoveWhere(_ => true);
        world.SignIns.RemoveWhere(_ => true);
        world.Codes.RemoveWhere(_ => true);
        world.Tokens.RemoveWhere(_ => true);
        world.Meetings.RemoveWhere(_ => true);
        world.Sessions.RemoveWhere(_ => true);
        world.Attendances.RemoveWhere(_ => true);
        world.HostKeys.RemoveWhere(_ => true);
        world.Mails.RemoveWhere(_ => true);
        world.Faults.RemoveWhere(_ => true);
        world.Directory = new DirectorySettings();
        world.Licenses.RemoveWhere(_ => true);
        world.Groups.RemoveWhere(_ => true);
        world.FormerPeople.RemoveWhere(_ => true);
        world.LateCalls.RemoveWhere(_ => true);
        Personas.Put(world);
        ZoomPersonas.Reset(world);
        world.ZoomMeetings.Clear();
        world.Crm.Notes.RemoveWhere(_ => true);
    }

    /// <summary>The room a licensed person has without scheduling anything; it shows up among the upcoming meetings.</summary>
    public static void PutPersonalRoom(World world, Person person, long id)
    {
        Instant now = world.Now;
        world.Meetings.Put(
            $"{id}",
            new Meeting
            {
                Id = id,
                OwnerKey = person.Key,
                Subject = $"{person.FirstName}'s Meeting",
                StartsAt = now,
                EndsAt = now + Duration.FromHours(1),
                Type = "recurring",
                PasswordRequired = false,
                Audio = "Hybrid",
                CoOrganizers = [],
                CreatedAt = now,
                UpdatedAt = now,
                PersonalRoom = true,
            }
        );
    }
}
