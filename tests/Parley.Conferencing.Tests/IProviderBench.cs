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
}

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

    /// <summary>Meetings the twin really holds.</summary>
    Task<int> CountAsync();

    /// <summary>Calls of an operation that reached the twin.</summary>
    Task<int> CallsAsync(string operation);
}
