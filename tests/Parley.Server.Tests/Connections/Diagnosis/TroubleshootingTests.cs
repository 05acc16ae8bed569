using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections.Diagnosis;

/// <summary>
/// What guides for integrators list under "troubleshooting", a row a case: provoked at the twin, told by the API and on the page the
/// person looks at, each time with the cause and with what to do.
/// </summary>
public sealed class TroubleshootingTests
{
    private const string Retired =
        """{"message":"This API is no longer valid. See the New_Token_Retrieval_Migration_Guide."}""";

    private static readonly IReadOnlyDictionary<string, Trouble> Troubles = new Dictionary<string, Trouble>(
        StringComparer.Ordinal
    )
    {
        ["redirect URI differs by its trailing slash, seen by testing the app"] = App(
            new TwinWorldOptions { RegisteredRedirectUri = TwinWorld.RedirectUri + "/" },
            "authorizeUrl",
            "does not know the client id, or not this redirect URI",
            $"Register {TwinWorld.RedirectUri} as redirect URI of the OAuth client, letter by letter"
        ),
        ["redirect URI refused when the code is exchanged"] = Connecting(
            "redirect_uri_mismatch",
            $"GoTo Meeting does not know the redirect URI {TwinWorld.RedirectUri}.",
            $"Register {TwinWorld.RedirectUri} as redirect URI of the OAuth client, letter by letter: scheme, port and trailing slash count.",
            world =>
                world.FaultAsync(
                    "oauth.token",
                    "failBefore",
                    new { status = 400, body = """{"error":"redirect_uri_mismatch"}""" }
                )
        ),
        ["client id wrong"] = App(
            new TwinWorldOptions { ClientId = "nobody" },
            "client",
            "GoTo Meeting knows no OAuth client with this client id.",
            "Copy the client id from the provider's developer centre again"
        ),
        ["client secret wrong, seen by testing the app"] = App(
            new TwinWorldOptions { ClientSecret = "wrong" },
            "client",
            "GoTo Meeting does not accept the client id or the client secret.",
            "if the secret was lost, make a new one there"
        ),
        ["client secret wrong, seen by connecting"] = Connecting(
            "invalid_client",
            "GoTo Meeting does not accept the client id or the client secret.",
            "if the secret was lost, make a new one there",
            options: new TwinWorldOptions { ClientSecret = "wrong" }
        ),
        ["consent denied"] = Connecting(
            "access_denied",
            "The permission was not given at GoTo Meeting.",
            "Start again and press Allow.",
            decision: "deny"
        ),
        ["sign-in host retired"] = Connecting(
            "provider_host_retired",
            "GoTo Meeting shut down the host that is configured as its OAuth address.",
            "Remove the configured OAuth addresses, so that the current ones are used, and restart.",
            world => world.FaultAsync("oauth.token", "failBefore", new { status = 403, body = Retired })
        ),
        ["sign-in host unreachable"] = Connecting(
            "connection_refused",
            "GoTo Meeting did not accept a connection; nothing was sent.",
            "Check the network, name resolution and the configured address.",
            options: Configured("TokenUrl", "http://127.0.0.1:1/token")
        ),
        ["sign-in host answers a web page"] = Connecting(
            "unreadable_answer",
            "GoTo Meeting's sign-in service answered something that cannot be read.",
            "A proxy or a maintenance page may have answered instead of the provider",
            world => world.FaultAsync("oauth.token", "html")
        ),
        ["collab: not ticked"] = Calling(
            "create",
            403,
            "missing_scope",
            null,
            "does not include collab:",
            "Tick collab: in the OAuth client at GoTo's developer centre, then refresh the connection.",
            world => world.ControlAsync("settings", new { clientScopes = new[] { "identity:" } })
        ),
        ["identity: not ticked"] = Checking(
            "identity",
            "GoTo Meeting does not say whose account this is: identity: is missing.",
            "Tick identity: in the OAuth client, then refresh the connection.",
            world => world.ControlAsync("settings", new { clientScopes = new[] { "collab:" } })
        ),
        ["permission revoked"] = GrantGone(then: async world =>
        {
            await world.ControlAsync("reset", new { });
            await world.Parley.AdvanceAsync(Duration.FromHours(2));
        }),
        ["permission expired"] = GrantGone(
            world => world.ControlAsync("settings", new { refreshTokenSeconds = 3600 }),
            world => world.Parley.AdvanceAsync(Duration.FromHours(3))
        ),
        ["fresh access token refused"] = Calling(
            "upcoming",
            409,
            "connection_needs_reconnect",
            "token_refused",
            "the permission was probably withdrawn at the provider",
            "refresh the connection",
            then: world =>
                world.FaultAsync(
                    "meetings.upcoming",
                    "failBefore",
                    new
                    {
                        status = 403,
                        body = """{"int_err_code":"InvalidToken","msg":"Invalid token passed"}""",
                        times = 0,
                    }
                )
        ),
        ["permission ended moments after it was given"] = GrantGone(then: world =>
            world.ControlAsync("reset", new { })
        ),
        ["organizer without licence"] = Calling(
            "create",
            422,
            "provider_rejected",
            "organizer_not_licensed",
            "GoTo Meeting holds meetings only for organizers with a paid licence; this account has none.",
            "Give the organizer a GoTo Meeting licence in GoTo Admin",
            account: ConnectedServer.Una
        ),
        ["start in the past"] = Calling(
            "create",
            400,
            "invalid",
            null,
            "startsAt: lies in the past",
            "Correct the fields named in errors",
            meeting: ("Demo", "2026-11-01T09:00:00Z")
        ),
        ["subject too long"] = Calling(
            "create",
            400,
            "invalid",
            null,
            "subject: must have at most 100 characters",
            "Correct the fields named in errors",
            meeting: (new string('x', 101), "2026-12-02T09:00:00Z")
        ),
        ["this server's clock behind the provider's"] = Calling(
            "create",
            422,
            "provider_rejected",
            "provider_rejected",
            "the meeting would start in the past",
            "the clock of this server is wrong",
            then: async world =>
            {
                await world.ControlAsync("settings", new { pastStart = false });
                await world.ControlAsync("clock", new { advanceSeconds = 3 * 24 * 3600 });
                await world.Parley.Api.PostAsync($"{world.Api}/refresh", null);
            }
        ),
        ["this server's clock wrong, seen by testing the app"] = App(
            new TwinWorldOptions(),
            "clock",
            "This server's clock is 60 minutes behind 127.0.0.1's.",
            "Set the clock of this server",
            world => world.ControlAsync("clock", new { advanceSeconds = 3600 })
        ),
        ["API host retired"] = Calling(
            "upcoming",
            422,
            "provider_rejected",
            "provider_host_retired",
            "GoTo Meeting shut down the host that is configured as its API address.",
            "Remove the configured API addresses",
            then: world =>
                world.FaultAsync(
                    "meetings.upcoming",
                    "failBefore",
                    new
                    {
                        status = 404,
                        body = Retired,
                        times = 0,
                    }
                )
        ),
        ["API address wrong"] = Calling(
            "upcoming",
            422,
            "provider_rejected",
            "provider_address_wrong",
            "There is no such interface at the address configured for GoTo Meeting.",
            "Check Providers:GoToMeeting:ApiBaseUrl",
            options: Configured("ApiBaseUrl", "{twin}/goto/G2M/nowhere")
        ),
        ["API unreachable"] = Calling(
            "upcoming",
            503,
            "provider_unavailable",
            "connection_refused",
            "GoTo Meeting did not accept a connection; nothing was sent.",
            "Check the network, name resolution and the configured address.",
            options: Configured("ApiBaseUrl", "http://127.0.0.1:1/rest")
        ),
        ["rate limited"] = Calling(
            "upcoming",
            429,
            "provider_quota",
            "throttled",
            "GoTo Meeting asks for fewer calls.",
            "Wait as Retry-After says, then try again.",
            then: world => world.FaultAsync("meetings.upcoming", "rateLimit", new { times = 0, retryAfterSeconds = 7 })
        ),
        ["API answers a web page"] = Calling(
            "upcoming",
            503,
            "provider_unavailable",
            "unreadable_answer",
            "GoTo Meeting answered something that cannot be read.",
            "A proxy or a maintenance page may have answered instead of the provider",
            then: world => world.FaultAsync("meetings.upcoming", "html", new { times = 0 })
        ),
        ["API fails"] = Calling(
            "upcoming",
            503,
            "provider_unavailable",
            "provider_error",
            "GoTo Meeting failed (HTTP 500).",
            "The fault is on the provider's side",
            then: world => world.FaultAsync("meetings.upcoming", "failBefore", new { times = 0 })
        ),
        ["reports granted by somebody who is no administrator"] = Checking(
            "administrator",
            "The account has no administrator role",
            "Ask an administrator of the GoTo Meeting account for an administrator role",
            options: new TwinWorldOptions { Purpose = "account" },
            account: "oscar@northwind.example"
        ),
    };

    public static TheoryData<string> Names => [.. Troubles.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task It_is_told_with_its_cause_and_its_cure(string name)
    {
        var trouble = Troubles[name];
        await using var world = await TwinWorld.StartAsync(trouble.Options);
        await trouble.Arrange(world);

        var told = await trouble.Ask(world);
        told.Status.ShouldBe(trouble.Status, told.ToString());
        told.Code.ShouldBe(trouble.Code, told.ToString());
        told.Reason.ShouldBe(trouble.Reason, told.ToString());
        told.Detail.ShouldContain(trouble.Cause);
        told.Next.ShouldContain(trouble.Cure);

        var page = await trouble.Look(world);
        page.ShouldContain(trouble.Cause);
        page.ShouldContain(trouble.Cure);
    }

    [Fact]
    public async Task Where_nothing_is_wrong_nothing_is_told()
    {
        await using var world = await TwinWorld.StartAsync();
        var app = (await world.SendAsync(HttpMethod.Post, "/api/v1/providers/gotomeeting/app/test")).Body;
        app["ok"]!.GetValue<bool>().ShouldBeTrue(app.ToJsonString());
        await world.ConnectedAsync();
        (await world.GetAsync(world.Api))["problem"].ShouldBeNull();

        // An access token that has ended is renewed without a word.
        await world.Parley.AdvanceAsync(Duration.FromHours(2));
        (await world.SendAsync(HttpMethod.Get, $"{world.Api}/meetings")).Status.ShouldBe(200);
        var (status, made) = await CreateAsync(world, ("Demo", "2026-12-02T09:00:00Z"));
        status.ShouldBe(201, made.ToJsonString());
        (await world.GetAsync(world.Api))["status"]!.GetValue<string>().ShouldBe("connected");
    }

    // — the rows

    private sealed record Told(int Status, string? Code, string? Reason, string Detail, string Next)
    {
        public static Told Of(int status, JsonNode? problem) =>
            new(
                status,
                Text(problem, "code"),
                Text(problem, "reason"),
                Text(problem, "detail") ?? "",
                Text(problem, "next") ?? ""
            );

        public static Told OfCheck(JsonNode report, string name)
        {
            report["ok"]!.GetValue<bool>().ShouldBeFalse();
            var check = report["checks"]!.AsArray().Single(check => Text(check, "name") == name)!;
            check["ok"]!.GetValue<bool>().ShouldBeFalse(report.ToJsonString());
            return Of(200, check) with { Code = Text(check, "state") };
        }

        private static string? Text(JsonNode? node, string name) => node?[name]?.GetValue<string>();
    }

    private sealed record Trouble
    {
        public required TwinWorldOptions? Options { get; init; }
        public required Func<TwinWorld, Task> Arrange { get; init; }
        public required Func<TwinWorld, Task<Told>> Ask { get; init; }

        /// <summary>The text of the page the person sees.</summary>
        public required Func<TwinWorld, Task<string>> Look { get; init; }
        public int Status { get; init; } = 200;
        public required string Code { get; init; }
        public string? Reason { get; init; }
        public required string Cause { get; init; }
        public required string Cure { get; init; }
    }

    /// <summary>Told by "Test app".</summary>
    private static Trouble App(
        TwinWorldOptions options,
        string check,
        string cause,
        string cure,
        Func<TwinWorld, Task>? first = null
    ) =>
        new()
        {
            Options = options,
            Arrange = first ?? (_ => Task.CompletedTask),
            Ask = async world =>
                Told.OfCheck(
                    (await world.SendAsync(HttpMethod.Post, "/api/v1/providers/gotomeeting/app/test")).Body,
                    check
                ),
            Look = async world =>
                (await world.SubmitAsync("/connections/apps/gotomeeting/organizer/register/test")).Text,
            Code = "failed",
            Cause = cause,
            Cure = cure,
        };

    /// <summary>Told at the end of an attempt to connect, and kept with the connection.</summary>
    private static Trouble Connecting(
        string code,
        string cause,
        string cure,
        Func<TwinWorld, Task>? first = null,
        TwinWorldOptions? options = null,
        string decision = "allow"
    ) =>
        new()
        {
            Options = options,
            Arrange = async world =>
            {
                await (first?.Invoke(world) ?? Task.CompletedTask);
                await world.ConnectAsync(decision: decision);
            },
            Ask = async world => Told.Of(200, (await world.GetAsync(world.Api))["problem"]),
            Look = async world =>
            {
                // At once where the person comes back to, and later beside the connection.
                world.LastPage.ShouldContain(cause);
                world.LastPage.ShouldContain(cure);
                return await world.ReadAsync("/connections");
            },
            Code = code,
            Cause = cause,
            Cure = cure,
        };

    /// <summary>Told by "Test connection".</summary>
    private static Trouble Checking(
        string check,
        string cause,
        string cure,
        Func<TwinWorld, Task>? first = null,
        TwinWorldOptions? options = null,
        string account = ConnectedServer.Olivia
    ) =>
        new()
        {
            Options = options,
            Arrange = async world =>
            {
                await (first?.Invoke(world) ?? Task.CompletedTask);
                await world.ConnectedAsync(account);
            },
            Ask = async world =>
                Told.OfCheck((await world.SendAsync(HttpMethod.Post, $"{world.Api}/test")).Body, check),
            Look = async world => (await world.SubmitAsync($"/connections/{world.Id}/test")).Text,
            Code = "failed",
            Cause = cause,
            Cure = cure,
        };

    /// <summary>Told by an operation: to a client of the API, and to a person who tries it in the console.</summary>
    /// <summary>The token endpoint no longer takes the permission.</summary>
    private static Trouble GrantGone(Func<TwinWorld, Task>? first = null, Func<TwinWorld, Task>? then = null) =>
        Calling(
            "upcoming",
            409,
            "connection_needs_reconnect",
            "invalid_grant",
            "it expired, was used up or was revoked",
            "Connect the account again",
            first,
            then
        );

    private static Trouble Calling(
        string operation,
        int status,
        string code,
        string? reason,
        string cause,
        string cure,
        Func<TwinWorld, Task>? first = null,
        Func<TwinWorld, Task>? then = null,
        TwinWorldOptions? options = null,
        string account = ConnectedServer.Olivia,
        (string Subject, string StartsAt)? meeting = null
    )
    {
        var wish = meeting ?? ("Demo", "2026-12-02T09:00:00Z");
        return new Trouble
        {
            Options = options,
            Arrange = async world =>
            {
                await (first?.Invoke(world) ?? Task.CompletedTask);
                await world.ConnectedAsync(account);
                await (then?.Invoke(world) ?? Task.CompletedTask);
            },
            Ask = async world =>
            {
                var (told, body) =
                    operation == "create"
                        ? await CreateAsync(world, wish)
                        : await world.SendAsync(HttpMethod.Get, $"{world.Api}/meetings");
                return Told.Of(told, body);
            },
            Look = async world =>
                (
                    await world.SubmitAsync(
                        $"/connections/{world.Id}/console/{operation}",
                        operation == "create"
                            ?
                            [
                                ("subject", wish.Item1),
                                ("startsAt.date", wish.Item2[..10]),
                                ("startsAt.time", wish.Item2[11..16]),
                                ("durationMinutes", "30"),
                                ("timeZone", "UTC"),
                            ]
                            : []
                    )
                ).Text,
            Status = status,
            Code = code,
            Reason = reason,
            Cause = cause,
            Cure = cure,
        };
    }

    private static Task<(int Status, JsonNode Body)> CreateAsync(
        TwinWorld world,
        (string Subject, string StartsAt) wish
    ) =>
        world.SendAsync(
            HttpMethod.Post,
            $"{world.Api}/meetings",
            new
            {
                subject = wish.Subject,
                startsAt = wish.StartsAt,
                durationMinutes = 30,
                timeZone = "UTC",
            }
        );

    private static TwinWorldOptions Configured(string setting, string value) =>
        new()
        {
            Settings = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [$"Providers:GoToMeeting:{setting}"] = value,
            },
        };
}
