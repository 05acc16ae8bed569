using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing.OAuth;
using Parley.Conferencing.Tests.GoToMeeting;
using Parley.Conferencing.Zoom;

namespace Parley.Conferencing.Tests.Zoom;

/// <summary>The provider as the server registers it, its sockets replaced by a script.</summary>
public sealed class ZoomUnderTest
{
    public const string Token = "eyJ0eXAiOiJKV1QCANARYTOKEN";
    public const string Meetings = "/v2/users/me/meetings";
    public const string OneMeeting = "/v2/meetings/91234567890";
    public const string Me = "/v2/users/me";
    public const string TokenEndpoint = "/oauth/token";

    public ZoomUnderTest(ZoomOptions? options = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IClock>(new StoppedClock(Now));
        services.AddZoom((options ?? new ZoomOptions()) with { ReadRetryDelay = TimeSpan.Zero });
        services.AddHttpClient("zoom").ConfigurePrimaryHttpMessageHandler(() => Network);
        var registration = services.BuildServiceProvider().GetRequiredService<ProviderCatalogue>().Find("zoom");
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

    /// <summary>A whole meeting that agrees with <see cref="Spec"/>, ids beyond Int32, nothing that is not told of it.</summary>
    public const string Whole = """
        {"uuid":"/abc//Def==","id":91234567890,"host_id":"zoeU5er1dAb3Cd5Ef7Gh9J","host_email":"zoe@northwind.example",
         "topic":"Quarter review <draft>","type":2,"status":"waiting","start_time":"2026-12-01T09:00:00Z","duration":30,
         "timezone":"Europe/Berlin","agenda":"[K7Q2M]","created_at":"2026-11-20T12:00:00Z",
         "start_url":"https://us02web.zoom.us/s/91234567890?zak=eyJCANARYZAK",
         "join_url":"https://us02web.zoom.us/j/91234567890?pwd=abc","pmi":"4155550101",
         "settings":{"waiting_room":false,"join_before_host":false,"audio":"both","alternative_hosts":"",
           "global_dial_in_numbers":[{"country":"DE","country_name":"Germany","city":"","number":"+49 69 1234567","type":"toll"},
                                     {"country":"US","number":"+1 888 1234567","type":"tollfree"},{"country":"FR"}]}}
        """;
}
