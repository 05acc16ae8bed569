using FsCheck;
using FsCheck.Fluent;
using NodaTime;
using Parley.Conferencing.OAuth;

namespace Parley.Conferencing.Tests;

/// <summary>
/// What every provider's adapter must do, shown against its twin. Nothing in here knows a provider: a new one derives, names
/// its bench, and is held to the same.
/// </summary>
public abstract class ProviderComplianceSuite : OnBench
{
    private static MeetingSpec Spec { get; } =
        new()
        {
            Subject = "Kick-off with <Alice & Bob>",
            StartsAt = Instant.FromUtc(2036, 12, 1, 9, 0),
            EndsAt = Instant.FromUtc(2036, 12, 1, 9, 30),
            TimeZone = "Europe/Berlin",
            Marker = "K7Q2M",
        };

    [Fact]
    public async Task A_meeting_lives_through_create_get_update_get_delete_and_is_gone()
    {
        var created = (await Provider.CreateAsync(Access, Spec, default)).Value;
        Provider.IsTrustedLink(created.JoinUrl.ShouldNotBeNull()).ShouldBeTrue();
        await ShouldAgree(created.Id, Spec);

        var moved = Spec with
        {
            Subject = "Moved",
            StartsAt = Spec.StartsAt.Plus(Duration.FromDays(1)),
            EndsAt = Spec.EndsAt.Plus(Duration.FromDays(1)),
        };
        (await Provider.UpdateAsync(Access, created.Id, moved, default)).Failure.ShouldBeNull();
        await ShouldAgree(created.Id, moved);
        Provider
            .Differences(Spec, (await Provider.GetAsync(Access, created.Id, default)).Value)
            .ShouldBe(["subject", "startsAt", "endsAt"]);

        (await Provider.DeleteAsync(Access, created.Id, default)).Failure.ShouldBeNull();
        (await Provider.GetAsync(Access, created.Id, default)).Failure!.Kind.ShouldBe(FailureKind.NotFound);
        (await Provider.UpdateAsync(Access, created.Id, moved, default)).Failure!.Kind.ShouldBe(FailureKind.NotFound);
        (await Provider.DeleteAsync(Access, created.Id, default)).Failure!.Kind.ShouldBe(FailureKind.NotFound);
        (await Bench.CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Any_meeting_survives_the_whole_way()
    {
        var colleague = await Bench.CoOrganizerAsync();
        // The property runs on a thread of its own, so that its waiting for answers blocks nobody.
        await Task.Run(() =>
            Prop.ForAll(
                    RandomMeetings.Pairs(Spec, colleague).ToArbitrary(),
                    pair => SurvivesAsync(pair.Item1, pair.Item2).GetAwaiter().GetResult()
                )
                .Check(Config.QuickThrowOnFailure.WithMaxTest(60))
        );
        (await Bench.CountAsync()).ShouldBe(0);
    }

    private async Task SurvivesAsync(MeetingSpec spec, MeetingSpec other)
    {
        var id = (await Provider.CreateAsync(Access, spec, default)).Value.Id;
        await ShouldAgree(id, spec);
        (await Provider.UpdateAsync(Access, id, other, default)).Failure.ShouldBeNull();
        await ShouldAgree(id, other);
        (await Provider.DeleteAsync(Access, id, default)).Failure.ShouldBeNull();
        (await Provider.GetAsync(Access, id, default)).Failure!.Kind.ShouldBe(FailureKind.NotFound);
    }

    [Fact]
    public async Task The_host_link_is_on_the_providers_own_host()
    {
        var id = (await Provider.CreateAsync(Access, Spec, default)).Value.Id;
        Provider.IsTrustedLink((await Provider.StartAsync(Access, id, default)).Value.Url).ShouldBeTrue();
    }

    [Fact]
    public async Task Upcoming_meetings_tell_markers_and_times()
    {
        var id = (await Provider.CreateAsync(Access, Spec, default)).Value.Id;
        var listed = (await Provider.ListUpcomingAsync(Access, default)).Value.Single(meeting => meeting.Id == id);
        listed.MarkerCandidate.ShouldBe(Spec.Marker);
        listed.SubjectWithoutMarker.ShouldBe(Spec.Subject);
        Provider.Differences(Spec, listed).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("applyThenDrop", "")]
    [InlineData("applyThenFail", "")]
    [InlineData("truncate", "")]
    [InlineData("html", "")]
    [InlineData("applyThenDelay", ",\"delayMs\":9000")]
    public async Task A_create_whose_reply_is_lost_is_unknown_and_found_by_its_marker(string kind, string more)
    {
        await Bench.SpoilAsync("meetings.create", kind, more);

        var failure = (await Provider.CreateAsync(Access, Spec, default)).Failure.ShouldNotBeNull();

        failure.Applied.ShouldBe(Applied.Unknown);
        (await Bench.CountAsync()).ShouldBe(1);
        var found = (await Provider.ListUpcomingAsync(Access, default)).Value.Where(meeting =>
            meeting.MarkerCandidate == Spec.Marker
        );
        await ShouldAgree(found.ShouldHaveSingleItem().Id, Spec);
        // The twin counts a call when it has answered it.
        if (kind != "applyThenDelay")
            (await Bench.CallsAsync("meetings.create")).ShouldBe(1);
    }

    [Theory]
    [InlineData("failBefore", ",\"status\":500")]
    [InlineData("failBefore", ",\"status\":503")]
    [InlineData("delayBefore", ",\"delayMs\":9000")]
    // The twin cuts an open connection; seen from here that may as well have been after the work.
    [InlineData("refuse", "")]
    public async Task A_create_that_failed_in_doubt_is_unknown_and_sent_once(string kind, string more)
    {
        await Bench.SpoilAsync("meetings.create", kind, more);
        var failure = (await Provider.CreateAsync(Access, Spec, default)).Failure.ShouldNotBeNull();
        failure.Kind.ShouldBe(FailureKind.Unknown);
        if (kind != "delayBefore")
            (await Bench.CallsAsync("meetings.create")).ShouldBe(1);
    }

    [Fact]
    public async Task Updates_and_deletes_in_doubt_are_unknown_and_sent_once()
    {
        var id = (await Provider.CreateAsync(Access, Spec, default)).Value.Id;
        await Bench.SpoilAsync("meetings.update", "applyThenDrop");
        await Bench.SpoilAsync("meetings.delete", "applyThenDrop");
        var moved = Spec with { EndsAt = Spec.EndsAt.Plus(Duration.FromHours(1)) };

        (await Provider.UpdateAsync(Access, id, moved, default)).Failure!.Applied.ShouldBe(Applied.Unknown);
        await ShouldAgree(id, moved);
        (await Provider.DeleteAsync(Access, id, default)).Failure!.Applied.ShouldBe(Applied.Unknown);
        (await Provider.GetAsync(Access, id, default)).Failure!.Kind.ShouldBe(FailureKind.NotFound);
        (await Bench.CallsAsync("meetings.update")).ShouldBe(1);
        (await Bench.CallsAsync("meetings.delete")).ShouldBe(1);
    }

    [Theory]
    [InlineData("refuse", "")]
    [InlineData("failBefore", ",\"status\":502")]
    [InlineData("truncate", "")]
    public async Task A_read_gets_over_a_passing_trouble(string kind, string more)
    {
        var id = (await Provider.CreateAsync(Access, Spec, default)).Value.Id;
        await Bench.SpoilAsync("meetings.get", kind, more);
        (await Provider.GetAsync(Access, id, default)).Failure.ShouldBeNull();
        (await Bench.CallsAsync("meetings.get")).ShouldBe(2);
    }

    [Fact]
    public async Task Too_fast_is_throttled_with_the_time_to_wait()
    {
        await Bench.SpoilAsync("meetings.create", "rateLimit", ",\"retryAfterSeconds\":7");
        await Bench.SpoilAsync("meetings.create", "rateLimit");
        var told = (await Provider.CreateAsync(Access, Spec, default)).Failure.ShouldNotBeNull();
        (told.Kind, told.RetryAfter).ShouldBe((FailureKind.Throttled, Duration.FromSeconds(7)));
        var untold = (await Provider.CreateAsync(Access, Spec, default)).Failure.ShouldNotBeNull();
        untold.Kind.ShouldBe(FailureKind.Throttled);
        // Nothing, or a moment where the provider documents one.
        (untold.RetryAfter ?? Duration.Zero).ShouldBeLessThanOrEqualTo(Duration.FromSeconds(2));
        (await Bench.CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task An_expired_token_is_refused_by_name()
    {
        var expired = await Bench.AccessAsync(Persona.ExpiredToken);
        (await Provider.CreateAsync(expired, Spec, default)).Failure!.Kind.ShouldBe(FailureKind.TokenRefused);
        (await Provider.ListUpcomingAsync(expired, default)).Failure!.Kind.ShouldBe(FailureKind.TokenRefused);
    }

    [Fact]
    public async Task An_organizer_without_licence_is_told_so()
    {
        var unlicensed = await Bench.AccessAsync(Persona.Unlicensed);
        var failure = (await Provider.CreateAsync(unlicensed, Spec, default)).Failure.ShouldNotBeNull();
        (failure.Kind, failure.Code).ShouldBe((FailureKind.Rejected, FailureCodes.OrganizerNotLicensed));
        failure.Next.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task An_account_says_who_it_is_as_far_as_its_scopes_go()
    {
        var full = (await Provider.IdentifyAsync(Access, default)).Value;
        full.OrganizerKey.ShouldNotBeNullOrEmpty();
        full.Email.ShouldNotBeNullOrEmpty();
        full.TimeZone.ShouldNotBeNull();
        full.IsAdministrator.ShouldBeTrue();

        var profile = (await Provider.IdentifyAsync(await Bench.AccessAsync(Persona.ProfileOnly), default)).Value;
        (profile.OrganizerKey, profile.MissingScope).ShouldBe((full.OrganizerKey, null));

        var nobody = (await Provider.IdentifyAsync(await Bench.AccessAsync(Persona.MeetingsOnly), default)).Value;
        nobody.OrganizerKey.ShouldBeNull();
        nobody.MissingScope.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Consent_code_refresh_and_revocation_go_through()
    {
        var verifier = Pkce.NewVerifier();
        var code = await Bench.ConsentAsync(
            Bench.OAuth.AuthorizeUrl(Bench.App, Bench.RedirectUri, "state-1", verifier)
        );
        var tokens = (await Bench.OAuth.ExchangeCodeAsync(Bench.App, code, Bench.RedirectUri, verifier, default)).Value;
        (await Provider.ListUpcomingAsync(new ProviderAccess(tokens.AccessToken), default)).Failure.ShouldBeNull();

        var again = await Bench.OAuth.ExchangeCodeAsync(Bench.App, code, Bench.RedirectUri, verifier, default);
        again.Failure!.Kind.ShouldBe(FailureKind.GrantDead);

        var fresh = await Bench.RefreshTokenAsync();
        var refreshed = (await Bench.OAuth.RefreshAsync(Bench.App, fresh, default)).Value;
        (await Provider.ListUpcomingAsync(new ProviderAccess(refreshed.AccessToken), default)).Failure.ShouldBeNull();

        (await Bench.OAuth.RevokeAsync(Bench.App, refreshed.RefreshToken ?? fresh, default)).Failure.ShouldBeNull();
        var dead = await Bench.OAuth.RefreshAsync(Bench.App, refreshed.RefreshToken ?? fresh, default);
        dead.Failure!.Kind.ShouldBe(FailureKind.GrantDead);
    }

    [Fact]
    public async Task A_wrong_verifier_or_secret_is_refused()
    {
        var code = await Bench.ConsentAsync(
            Bench.OAuth.AuthorizeUrl(Bench.App, Bench.RedirectUri, "s", Pkce.NewVerifier())
        );
        var stolen = await Bench.OAuth.ExchangeCodeAsync(
            Bench.App,
            code,
            Bench.RedirectUri,
            Pkce.NewVerifier(),
            default
        );
        stolen.Failure!.Kind.ShouldBe(FailureKind.GrantDead);

        var wrong = Bench.App with { ClientSecret = "wrong" };
        var refused = (
            await Bench.OAuth.RefreshAsync(wrong, await Bench.RefreshTokenAsync(), default)
        ).Failure.ShouldNotBeNull();
        (refused.Kind, refused.Code).ShouldBe((FailureKind.Rejected, FailureCodes.InvalidClient));
    }

    [Theory]
    [InlineData("refuse")]
    [InlineData("html")]
    [InlineData("truncate")]
    [InlineData("applyThenDrop")]
    public async Task A_refresh_whose_reply_is_lost_is_unknown_and_sent_once(string kind)
    {
        await Bench.SpoilAsync("oauth.refresh", kind);
        var lost = await Bench.OAuth.RefreshAsync(Bench.App, await Bench.RefreshTokenAsync(), default);
        lost.Failure!.Kind.ShouldBe(FailureKind.Unknown);
        (await Bench.CallsAsync("oauth.refresh")).ShouldBe(1);
    }

    private async Task ShouldAgree(string id, MeetingSpec spec)
    {
        var observed = (await Provider.GetAsync(Access, id, default)).Value;
        Provider.Differences(spec, observed).ShouldBeEmpty(spec.Subject + " / " + observed.Subject);
        observed.PasscodeRequired.ShouldBe(spec.PasscodeRequired);
        observed.MarkerCandidate.ShouldBe(spec.Marker);
        observed.Type.ShouldBe(spec.Type);
        (observed.CoOrganizerKeys ?? []).ShouldBe(spec.CoOrganizerKeys);
    }
}
