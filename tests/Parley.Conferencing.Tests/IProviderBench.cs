using NodaTime;
using Parley.Conferencing.OAuth;

namespace Parley.Conferencing.Tests;

/// <summary>Whose token a compliance test calls with.</summary>
public enum Persona
{
    Organizer,
    Unlicensed,
    ExpiredToken,

    /// <summary>A grant that lacks what it takes to be told who one is by the first way asked.</summary>
    ProfileOnly,

    /// <summary>A grant that covers meetings and nothing else.</summary>
    MeetingsOnly,

    /// <summary>Another organizer of the same account, without an administrator's role; may be a co-organizer.</summary>
    Colleague,
}

/// <summary>Somebody in a session that is to have taken place.</summary>
public sealed record Present(string Name, string? Email);

/// <summary>A provider's adapter and its twin, side by side: what <see cref="ProviderComplianceSuite"/> needs of either.</summary>
public interface IProviderBench : IAsyncDisposable
{
    /// <summary>With a time-out of <see cref="HttpTimeout"/> and no pause before reads are tried again.</summary>
    IConferencingProvider Provider { get; }
    IOAuthClient OAuth { get; }
    OAuthApp App { get; }
    string RedirectUri { get; }
    TimeSpan HttpTimeout { get; }

    Task<ProviderAccess> AccessAsync(Persona persona);

    Task<string> RefreshTokenAsync();

    /// <summary>Signs in and consents as a person would; the code the browser is sent back with.</summary>
    Task<string> ConsentAsync(string authorizeUrl);

    /// <param name="operation">As the control API names it: <c>meetings.create</c>.</param>
    /// <param name="more">Further JSON fields, with a leading comma.</param>
    Task SpoilAsync(string operation, string kind, string more = "");

    /// <summary>Address and key of a persona.</summary>
    Task<(string Email, string Key)> PersonAsync(Persona persona);

    /// <summary>The colleague as a co-organizer, in the form in which the provider tells co-organizers back.</summary>
    async Task<string> CoOrganizerAsync() => (await PersonAsync(Persona.Colleague)).Key;

    /// <summary>Lets a meeting have taken place, with its host besides those named; the session's id.</summary>
    Task<string> HoldAsync(string meetingId, Instant startedAt, int minutes, params Present[] people);

    /// <summary>Lets the persona have held so many sessions, spread over the time.</summary>
    Task FillAsync(Persona persona, int sessions, Instant from, Instant to);

    /// <summary>Has the twin refuse to tell more days of history at once.</summary>
    Task NarrowHistoryAsync(int days);

    /// <summary>Meetings the twin really holds.</summary>
    Task<int> CountAsync();

    /// <summary>Calls of an operation that reached the twin.</summary>
    Task<int> CallsAsync(string operation);
}
