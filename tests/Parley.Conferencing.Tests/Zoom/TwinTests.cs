using Microsoft.AspNetCore.WebUtilities;
using NodaTime;

namespace Parley.Conferencing.Tests.Zoom;

/// <summary>What only Zoom does, shown against its twin.</summary>
public sealed class TwinTests : IAsyncLifetime
{
    private static readonly Instant Monday = Instant.FromUtc(2026, 11, 2, 9, 0);
    private ZoomBench _bench = null!;
    private ProviderAccess _zoe = null!;
    private ProviderAccess _adele = null!;

    private IConferencingProvider Provider => _bench.Provider;

    private static MeetingSpec Spec =>
        new()
        {
            Subject = "Review",
            StartsAt = Instant.FromUtc(2026, 12, 1, 9, 0),
            EndsAt = Instant.FromUtc(2026, 12, 1, 9, 30),
            TimeZone = "Europe/Berlin",
            Marker = "K7Q2M",
        };

    public async ValueTask InitializeAsync()
    {
        _bench = await ZoomBench.StartAsync();
        _zoe = await _bench.AccessAsync("zoe@northwind.example");
        _adele = await _bench.AccessAsync("adele@northwind.example", "account");
    }

    public async ValueTask DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task An_update_without_a_difference_costs_nothing_of_the_day()
    {
        await CountWritesAsync();
        var created = (await Provider.CreateAsync(_zoe, Spec, default)).Value;
        created.Warnings.ShouldBeEmpty();
        (await Provider.UpdateAsync(_zoe, created.Id, Spec, default)).Value.Sent.ShouldBeFalse();
        (
            await Provider.UpdateAsync(_zoe, created.Id, Spec with { Subject = "Moved" }, default)
        ).Value.Sent.ShouldBeTrue();
        (await WritesAsync(created.Id)).ShouldBe(2);
    }

    [Fact]
    public async Task What_the_account_has_locked_is_said()
    {
        var nora = await _bench.AccessAsync("nora@contoso.example");
        var created = (
            await Provider.CreateAsync(nora, Spec with { WaitingRoom = false, JoinBeforeHost = true }, default)
        ).Value;
        created.Warnings.ShouldContain(warning => warning.Contains("waiting room on", StringComparison.Ordinal));
        created.Warnings.ShouldContain(warning => warning.Contains("before the host", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_passcode_asked_for_is_there_whatever_the_hosts_settings()
    {
        await CountWritesAsync();
        var passcode = Spec with { PasscodeRequired = true };
        var created = (await Provider.CreateAsync(_zoe, passcode, default)).Value;
        created.Passcode.ShouldNotBeNull();
        created.Warnings.ShouldBeEmpty();
        await _bench.PostAsync(
            "people/zoe@northwind.example",
            """{"provider":"zoom","settings":{"requirePasscode":true}}"""
        );
        var made = (await Provider.CreateAsync(_zoe, passcode, default)).Value;
        made.Passcode.ShouldNotBeNull();
        (await WritesAsync(made.Id)).ShouldBe(3);
    }

    [Fact]
    public async Task A_basic_host_is_warned_of_the_forty_minutes()
    {
        var bruno = await _bench.AccessAsync("bruno@northwind.example");
        var hour = Spec with { EndsAt = Spec.StartsAt + Duration.FromMinutes(60) };
        (await Provider.CreateAsync(_zoe, hour, default)).Value.Warnings.ShouldBeEmpty();
        var created = (await Provider.CreateAsync(bruno, hour, default)).Value;
        created.Warnings.ShouldContain(warning => warning.Contains("40 minutes", StringComparison.Ordinal));
        var shorter = hour with { EndsAt = Spec.StartsAt + Duration.FromMinutes(40) };
        (await Provider.UpdateAsync(bruno, created.Id, shorter, default)).Value.Warnings.ShouldNotContain(warning =>
            warning.Contains("40 minutes", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_hundredth_and_first_write_waits_for_midnight_and_a_delete_does_not()
    {
        await CountWritesAsync();
        var id = "";
        for (var i = 0; i < 100; i++)
            id = await CreatedWithinRateAsync();
        var failure = (await Provider.CreateAsync(_zoe, Spec, default)).Failure.ShouldNotBeNull();
        (failure.Kind, failure.DailyQuota, failure.RetryAfter).ShouldBe(
            (FailureKind.Throttled, true, Duration.FromHours(12))
        );
        (await Provider.DeleteAsync(_zoe, id, default)).Failure.ShouldBeNull();

        async Task<string> CreatedWithinRateAsync()
        {
            var created = await Provider.CreateAsync(_zoe, Spec, default);
            if (created.Failure is { DailyQuota: false, Kind: FailureKind.Throttled } fast)
            {
                fast.RetryAfter.ShouldBe(Duration.FromSeconds(2));
                await _bench.PostAsync("clock", """{"advanceSeconds":2}""");
                created = await Provider.CreateAsync(_zoe, Spec, default);
            }
            return created.Value.Id;
        }
    }

    [Fact]
    public async Task An_approval_that_was_taken_back_is_said_as_such()
    {
        var refresh = await _bench.RefreshTokenAsync();
        (await Provider.ListUpcomingAsync(_zoe, default)).Failure.ShouldBeNull();
        await _bench.PostAsync(
            "zoom/approvals",
            """{"app":"organizer","account":"Northwind Conferencing","action":"withdraw"}"""
        );
        (await Provider.ListUpcomingAsync(_zoe, default)).Failure!.Kind.ShouldBe(FailureKind.TokenRefused);
        var refused = (await _bench.OAuth.RefreshAsync(_bench.App, refresh, default)).Failure.ShouldNotBeNull();
        (refused.Kind, refused.Code).ShouldBe((FailureKind.Unapproved, FailureCodes.ApprovalWithdrawn));
        refused.Next.ShouldNotBeNull().ShouldContain("administrator");
    }

    [Fact]
    public async Task Runs_whose_ids_hold_slashes_are_told_with_who_came()
    {
        await _bench.PostAsync("settings", """{"provider":"zoom","uuids":"slashes"}""");
        var id = (
            await Provider.CreateAsync(
                _zoe,
                Spec with
                {
                    StartsAt = Monday,
                    EndsAt = Monday + Duration.FromMinutes(30),
                },
                default
            )
        )
            .Value
            .Id;
        var run = await _bench.HoldAsync(id, Monday, 30, new Present("Guest", "guest@example.org"));
        run.ShouldContain("/");
        var held = await HistoryAsync(_zoe, Monday - Duration.FromDays(1), Monday + Duration.FromDays(1));
        (held.ShouldHaveSingleItem().SessionId, held[0].AttendeeCount, held[0].MarkerCandidate).ShouldBe(
            (run, 2, "K7Q2M")
        );
        var stays = (await Provider.Records.ListAttendeesAsync(_zoe, id, default)).Value;
        stays.Select(stay => (stay.Name, stay.SessionId)).ShouldContain(("Guest", run));
        stays.Single(stay => stay.Name == "Guest").Email.ShouldBeNull();
    }

    [Fact]
    public async Task A_basic_hosts_history_is_refused_with_the_reason()
    {
        var bruno = await _bench.AccessAsync("bruno@northwind.example");
        var past = Spec with { StartsAt = Monday, EndsAt = Monday + Duration.FromMinutes(30) };
        var id = (await Provider.CreateAsync(bruno, past, default)).Value.Id;
        await _bench.HoldAsync(id, Monday, 30, new Present("Guest", null));
        var walked = await Provider.Records.WalkHistoryAsync(
            bruno,
            new HistoryQuery { From = Monday, To = Monday + Duration.FromDays(1) },
            (_, _) => ValueTask.CompletedTask,
            default
        );
        walked.Failure!.Code.ShouldBe(FailureCodes.NotAllowed);
        walked.Failure.Next.ShouldNotBeNull().ShouldContain("paid");
        (await Provider.Records.ListAttendeesAsync(bruno, id, default)).Failure!.Code.ShouldBe(FailureCodes.NotAllowed);
    }

    [Fact]
    public async Task Another_ones_history_is_the_report_and_what_the_report_leaves_out_each_run_once()
    {
        var past = Spec with { StartsAt = Monday, EndsAt = Monday + Duration.FromMinutes(30) };
        var alone = (await Provider.CreateAsync(_zoe, past, default)).Value.Id;
        var together = (await Provider.CreateAsync(_zoe, past, default)).Value.Id;
        await _bench.HoldAsync(alone, Monday, 30);
        await _bench.HoldAsync(together, Monday, 30, new Present("Guest", null));
        await Provider.DeleteAsync(_zoe, together, default);
        var (_, zoe) = await _bench.PersonAsync(Persona.Colleague);

        // Over three pieces of the report's months.
        var held = await HistoryAsync(_adele, Monday - Duration.FromDays(60), Monday + Duration.FromDays(1), zoe);
        held.Select(session => session.MeetingId).ShouldBe([alone, together], ignoreOrder: true);
        held.ShouldAllBe(session => session.Organizer!.Key == zoe);
    }

    [Fact]
    public async Task Who_hosted_is_told_once_over_the_months()
    {
        foreach (var day in new[] { 2, 10, 18 })
        {
            var start = Instant.FromUtc(2026, 11, day, 9, 0);
            var spec = Spec with { StartsAt = start, EndsAt = start + Duration.FromMinutes(30) };
            var id = (await Provider.CreateAsync(_zoe, spec, default)).Value.Id;
            await _bench.HoldAsync(id, start, 30, new Present("Guest", null));
        }
        var from = Instant.FromUtc(2026, 9, 1, 15, 0);
        var active = (await Provider.Directory.ListActiveHostsAsync(_adele, from, ZoomBench.Now, default)).Value;
        var (email, key) = await _bench.PersonAsync(Persona.Colleague);
        active.Hosts.ShouldHaveSingleItem().ShouldBe(new ActiveHost(key, email, 3, 90));
        active.Source.ShouldBe("report/users");
        active.Days.ShouldBe(new DateInterval(new LocalDate(2026, 9, 1), new LocalDate(2026, 11, 20)));

        (await Provider.Directory.ListActiveHostsAsync(_zoe, from, ZoomBench.Now, default)).Failure!.Kind.ShouldBe(
            FailureKind.MissingScope
        );
        var forgotten = await Provider.Directory.ListActiveHostsAsync(
            _adele,
            Instant.FromUtc(2025, 1, 1, 0, 0),
            Instant.FromUtc(2025, 2, 1, 0, 0),
            default
        );
        forgotten.Failure!.Code.ShouldBe(FailureCodes.NotAllowed);
    }

    [Theory]
    [InlineData("available", "accounts/me/plans/usage")]
    [InlineData("4711", "users/summary")]
    [InlineData("403", "users/summary")]
    public async Task Licences_come_from_the_first_source_that_tells_them(string plans, string source)
    {
        await _bench.PostAsync("settings", $$"""{"provider":"zoom","planUsage":"{{plans}}"}""");
        var licences = (await Provider.Directory.ListLicencesAsync(_adele, "", default)).Value;
        var licensed = licences.Single(licence => licence.Key == "licensed");
        licensed.Description.ShouldNotBeNull().ShouldEndWith(source);
        licensed.AssignedSeats.ShouldNotBeNull().ShouldBeGreaterThan(0);
        (licensed.Seats is not null).ShouldBe(plans == "available");
    }

    [Fact]
    public async Task Licences_are_counted_from_the_people_where_nothing_else_tells()
    {
        await _bench.PostAsync("settings", """{"provider":"zoom","planUsage":"4711"}""");
        var narrow = await _bench.AccessAsync(
            "adele@northwind.example",
            "account",
            ",\"scopes\":[\"user:read:list_users:admin\"]"
        );
        var licences = (await Provider.Directory.ListLicencesAsync(narrow, "", default)).Value;
        licences.Single(licence => licence.Key == "licensed").Description.ShouldNotBeNull().ShouldEndWith("by users");
        var users = new List<DirectoryUser>();
        await Provider.Directory.WalkUsersAsync(
            narrow,
            new UserQuery(""),
            (user, _) =>
            {
                users.Add(user);
                return ValueTask.CompletedTask;
            },
            default
        );
        licences
            .Single(licence => licence.Key == "basic")
            .AssignedSeats.ShouldBe(
                users.Count(user => user.LicenceKeys.Contains("basic") && user.Standing != UserStanding.Invited)
            );
        // Pending users have no id: their address is the key.
        var pending = users.Single(user => user.Standing == UserStanding.Invited);
        (pending.Key, pending.MayOrganize).ShouldBe((pending.Email, false));
    }

    [Fact]
    public async Task A_server_to_server_connection_reads_the_account_and_hosts_for_named_users_alone()
    {
        var clients = await _bench.GetAsync("clients?provider=zoom");
        var app = clients["items"]!.AsArray().Single(one => one!["kind"]!.GetValue<string>() == "server")!;
        var account = app["accountId"]!.GetValue<string>();
        var tokens = (
            await _bench.OAuth.RequestAccountTokenAsync(
                new(app["clientId"]!.GetValue<string>(), app["clientSecret"]!.GetValue<string>()),
                account,
                default
            )
        ).Value;
        tokens.RefreshToken.ShouldBeNull();
        var access = new ProviderAccess(tokens.AccessToken)
        {
            ServerToServerAccount = account,
            ApiBaseUrl = tokens.ApiBaseUrl,
        };
        var identity = (await Provider.IdentifyAsync(access, default)).Value;
        (identity.OrganizerKey, identity.AccountKey, identity.IsAdministrator).ShouldBe((null, account, true));
        (await Provider.Directory.ListLicencesAsync(access, account, default)).Value.ShouldNotBeEmpty();

        (await Provider.CreateAsync(access, Spec, default)).Failure!.Code.ShouldBe(FailureCodes.NotAllowed);
        var (_, zoe) = await _bench.PersonAsync(Persona.Colleague);
        var named = access with { OrganizerKey = zoe };
        var id = (await Provider.CreateAsync(named, Spec, default)).Value.Id;
        (await Provider.ListUpcomingAsync(named, default)).Value.ShouldContain(meeting => meeting.Id == id);
        (await Provider.Records.ListUpcomingOfAsync(access, zoe, default)).Value.ShouldContain(meeting =>
            meeting.Id == id
        );
    }

    [Fact]
    public async Task A_running_meeting_can_be_cancelled()
    {
        var id = (await Provider.CreateAsync(_zoe, Spec, default)).Value.Id;
        var link = (await Provider.StartAsync(_zoe, id, default)).Value;
        using var browser = new HttpClient();
        var zak = QueryHelpers.ParseQuery(new Uri(link.Url).Query)["zak"].ToString();
        using var start = new FormUrlEncodedContent([new("zak", zak), new("deed", "start")]);
        (await browser.PostAsync(link.Url.Split('?')[0], start)).IsSuccessStatusCode.ShouldBeTrue();
        await RunningAsync(id);
        (await Provider.DeleteAsync(_zoe, id, default)).Failure.ShouldBeNull();
        (await Provider.GetAsync(_zoe, id, default)).Failure!.Kind.ShouldBe(FailureKind.NotFound);
    }

    private async Task RunningAsync(string id)
    {
        var meeting = (await Provider.GetAsync(_zoe, id, default)).Value;
        meeting.InProgress.ShouldBeTrue();
        (await Provider.ListUpcomingAsync(_zoe, default))
            .Value.Single(listed => listed.Id == id)
            .InProgress.ShouldBeTrue();
    }

    // The twin counts what it limits.
    private Task CountWritesAsync() => _bench.PostAsync("settings", """{"provider":"zoom","limitsEnforced":true}""");

    private async Task<int> WritesAsync(string id) =>
        (await _bench.GetAsync("meetings?provider=zoom"))["items"]!
            .AsArray()
            .Single(one => one!["id"]!.GetValue<string>() == id)!["hostWritesToday"]!.GetValue<int>();

    private async Task<List<HeldSession>> HistoryAsync(
        ProviderAccess access,
        Instant from,
        Instant to,
        string? organizerKey = null
    )
    {
        var seen = new List<HeldSession>();
        (
            await Provider.Records.WalkHistoryAsync(
                access,
                new HistoryQuery
                {
                    From = from,
                    To = to,
                    OrganizerKey = organizerKey,
                },
                (session, _) =>
                {
                    seen.Add(session);
                    return ValueTask.CompletedTask;
                },
                default
            )
        ).Failure.ShouldBeNull();
        return seen;
    }
}
