using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing.GoToMeeting;
using Parley.Conferencing.OAuth;

namespace Parley.Conferencing.Tests.GoToMeeting;

/// <summary>The provider as the server registers it, its sockets replaced by a script.</summary>
public sealed class GoToUnderTest
{
    public const string Token = "eyJ0eXAiOiJKV1QCANARYTOKEN";
    public const string Meetings = "/G2M/rest/meetings";
    public const string OneMeeting = "/G2M/rest/meetings/525164341";
    public const string Upcoming = "/G2M/rest/upcomingMeetings";
    public const string AdminMe = "/admin/rest/v1/me";
    public const string ScimMe = "/identity/v1/Users/me";
    public const string TokenEndpoint = "/oauth/token";

    public GoToUnderTest(GoToMeetingOptions? options = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IClock>(new StoppedClock(Now));
        services.AddGoToMeeting((options ?? new GoToMeetingOptions()) with { ReadRetryDelay = TimeSpan.Zero });
        services.AddHttpClient("gotomeeting").ConfigurePrimaryHttpMessageHandler(() => Network);
        var registration = services.BuildServiceProvider().GetRequiredService<ProviderCatalogue>().Find("gotomeeting");
        (Provider, OAuth) = (registration!.Provider, registration.OAuth);
    }

    public static Instant Now { get; } = Instant.FromUtc(2026, 11, 20, 12, 0);
    public ScriptedHandler Network { get; } = new();
    public ManualTime Time { get; } = new();
    public IConferencingProvider Provider { get; }
    public IOAuthClient OAuth { get; }
    public ProviderAccess Access { get; } = new(Token);

    public static MeetingSpec Spec { get; } =
        new()
        {
            Subject = "Quarter review <draft>",
            StartsAt = Instant.FromUtc(2026, 12, 1, 9, 0),
            EndsAt = Instant.FromUtc(2026, 12, 1, 9, 30),
            TimeZone = "Europe/Berlin",
            Marker = "K7Q2M",
        };

    public static string Sample(string name) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "GoToMeeting", "Samples", name));
}

public sealed class StoppedClock(Instant now) : IClock
{
    public Instant GetCurrentInstant() => now;
}
