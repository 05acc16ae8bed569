using Parley.Server.Connections;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>What the form of a meeting shows.</summary>
public sealed record MeetingFormView
{
    public required string Title { get; init; }
    public required string Action { get; init; }
    public required string Submit { get; init; }
    public required string Back { get; init; }
    public required MeetingForm Form { get; init; }
    public required Problem? Problem { get; init; }

    /// <summary>Accounts to choose from; empty where the meeting has one already.</summary>
    public required IReadOnlyList<ConnectionEntry> Choices { get; init; }

    /// <summary>The account chosen; null: there is none that can host.</summary>
    public required ConnectionEntry? Connection { get; init; }
    public required OrganizerList Organizers { get; init; }

    /// <summary>Where the provider does not tell the audio option of a meeting that exists.</summary>
    public bool AudioUnknown { get; init; }

    /// <summary>Made elsewhere: it has no description and nobody invited here.</summary>
    public bool IsForeign { get; init; }
    public bool IsNew { get; init; }

    /// <summary>Names of people invited who get no mail although others do.</summary>
    public IReadOnlyList<string> Unmailed { get; init; } = [];
}
