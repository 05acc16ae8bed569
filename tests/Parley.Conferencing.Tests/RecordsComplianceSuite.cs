using NodaTime;

namespace Parley.Conferencing.Tests;

/// <summary>
/// What every provider's adapter must do about what was held, who was there and who is in the account, shown against its twin. As
/// abstract in the provider as <see cref="ProviderComplianceSuite"/>.
/// </summary>
public abstract class RecordsComplianceSuite : OnBench
{
    /// <summary>When sessions took place: a day the provider still tells about, by the bench's clock.</summary>
    protected virtual Instant Monday => Instant.FromUtc(2025, 3, 3, 9, 0);

    /// <summary>When the meeting was to be; a provider may tell sessions of meetings to come only from their day on.</summary>
    protected virtual Instant Planned => Instant.FromUtc(2036, 12, 1, 9, 0);

    /// <summary>As long a time as the provider tells about.</summary>
    protected virtual (Instant From, Instant To) LongTime =>
        (Instant.FromUtc(2024, 1, 1, 0, 0), Instant.FromUtc(2025, 12, 31, 0, 0));

    /// <summary>Whether addresses of people outside the account are told.</summary>
    protected virtual bool TellsGuestAddresses => true;

    /// <summary>Whether telephones on desks are among the people.</summary>
    protected virtual bool ListsDevices => true;

    /// <summary>Whether licences that have run out are listed, and who holds one.</summary>
    protected virtual bool ListsEndedLicences => true;

    private MeetingSpec Spec =>
        new()
        {
            Subject = "Review of <A & B>",
            StartsAt = Planned,
            EndsAt = Planned + Duration.FromMinutes(30),
            TimeZone = "Europe/Berlin",
            Marker = "K7Q2M",
        };

    [Fact]
    public async Task Each_session_of_a_meeting_is_told_with_its_times_and_its_organizer()
    {
        var id = (await Provider.CreateAsync(Access, Spec, default)).Value.Id;
        var first = await Bench.HoldAsync(id, Monday, 40, new Present("Alice", "alice@example.org"));
        var second = await Bench.HoldAsync(id, Monday + Duration.FromDays(7), 20);

        var held = await HistoryAsync(Access, Monday, Monday + Duration.FromDays(8));
        held = [.. held.OrderBy(session => session.StartedAt)];
        held.Select(session => session.SessionId).ShouldBe([first, second]);
        held.ShouldAllBe(session => session.MeetingId == id);
        held.ShouldAllBe(session =>
            session.SubjectWithoutMarker == Spec.Subject && session.MarkerCandidate == Spec.Marker
        );
        (held[0].StartedAt, held[0].EndedAt).ShouldBe((Monday, Monday + Duration.FromMinutes(40)));
        var (email, key) = await Bench.PersonAsync(Persona.Organizer);
        (held[0].Organizer!.Key, held[0].Organizer!.Email).ShouldBe((key, email));
        held[0].AttendeeCount.ShouldNotBeNull().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_window_holds_what_starts_in_it_half_open()
    {
        var id = (await Provider.CreateAsync(Access, Spec, default)).Value.Id;
        await Bench.HoldAsync(id, Monday, 30);
        await Bench.HoldAsync(id, Monday + Duration.FromHours(1), 30);

        (await HistoryAsync(Access, Monday, Monday + Duration.FromHours(1)))
            .ShouldHaveSingleItem()
            .StartedAt.ShouldBe(Monday);
        (await HistoryAsync(Access, Monday + Duration.FromSeconds(1), Monday + Duration.FromHours(1))).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_long_history_comes_whole_and_once_however_narrow_the_windows_are()
    {
        var (from, to) = LongTime;
        await Bench.FillAsync(Persona.Organizer, 2000, from, to);
        var whole = await HistoryAsync(Access, from, to);
        whole.Count.ShouldBe(2000);
        Ids(whole).Distinct(StringComparer.Ordinal).Count().ShouldBe(2000);

        await Bench.NarrowHistoryAsync(60);
        Ids(await HistoryAsync(Access, from, to))
            .Order(StringComparer.Ordinal)
            .ShouldBe(Ids(whole).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Who_was_there_is_told_session_by_session()
    {
        var id = (await Provider.CreateAsync(Access, Spec, default)).Value.Id;
        var second = await Bench.HoldAsync(id, Monday + Duration.FromDays(1), 30, new Present("Bob", null));
        var first = await Bench.HoldAsync(id, Monday, 30, new Present("Alice", "alice@example.org"));

        var stays = (await Provider.Records.ListAttendeesAsync(Access, id, default)).Value;
        stays.Select(stay => stay.SessionId).Distinct().ShouldBe([first, second]);
        var alice = stays.Single(stay => stay.Name == "Alice");
        (alice.Email, alice.SessionId).ShouldBe((TellsGuestAddresses ? "alice@example.org" : null, first));
        alice.LeftAt.ShouldNotBeNull().ShouldBeGreaterThan(alice.JoinedAt);
        var bob = stays.Single(stay => stay.Name == "Bob");
        (bob.Email, bob.SessionId).ShouldBe((null, second));
    }

    [Fact]
    public async Task What_the_scopes_do_not_cover_is_a_missing_scope_and_no_empty_list()
    {
        var id = (await Provider.CreateAsync(Access, Spec, default)).Value.Id;
        (await Provider.Records.ListAttendeesAsync(Access, id, default)).Failure.ShouldBeNull();
        var account = (await Provider.IdentifyAsync(Access, default)).Value.AccountKey!;
        (await UsersAsync(Access, new UserQuery(account))).ShouldNotBeEmpty();

        var narrow = await Bench.AccessAsync(Persona.MeetingsOnly);
        var (_, other) = await Bench.PersonAsync(Persona.Colleague);
        ProviderFailure?[] refused =
        [
            (await Provider.Records.ListAttendeesAsync(narrow, id, default)).Failure,
            (await Provider.Records.ListUpcomingOfAsync(narrow, other, default)).Failure,
            (await WalkUsersAsync(narrow, new UserQuery(account), [])).Failure,
            (await Provider.Directory.ListLicencesAsync(narrow, account, default)).Failure,
            .. OffersGroups
                ? [(await Provider.Directory.ListGroupsAsync(narrow, account, default)).Failure]
                : Array.Empty<ProviderFailure?>(),
        ];
        foreach (var failure in refused)
        {
            failure.ShouldNotBeNull().Kind.ShouldBe(FailureKind.MissingScope);
            failure.Scope.ShouldNotBeNullOrEmpty();
            failure.Next.ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public async Task An_expired_token_is_refused_as_a_token_everywhere()
    {
        var expired = await Bench.AccessAsync(Persona.ExpiredToken);
        var account = (await Provider.IdentifyAsync(Access, default)).Value.AccountKey!;
        ProviderFailure?[] refused =
        [
            (await WalkAsync(expired, Monday, Monday + Duration.FromDays(1), null, [])).Failure,
            (await Provider.Records.ListAttendeesAsync(expired, "525164341", default)).Failure,
            (await WalkUsersAsync(expired, new UserQuery(account), [])).Failure,
        ];
        refused.ShouldAllBe(failure => failure!.Kind == FailureKind.TokenRefused);
    }

    [Fact]
    public async Task An_administrator_reads_other_organizers_and_nobody_else_does()
    {
        var colleague = await Bench.AccessAsync(Persona.Colleague);
        var (_, key) = await Bench.PersonAsync(Persona.Colleague);
        var (_, own) = await Bench.PersonAsync(Persona.Organizer);
        var id = (await Provider.CreateAsync(colleague, Spec, default)).Value.Id;
        await Bench.HoldAsync(id, Monday, 30);

        var ahead = Spec with
        {
            StartsAt = Instant.FromUtc(2036, 12, 1, 9, 0),
            EndsAt = Instant.FromUtc(2036, 12, 1, 9, 30),
        };
        var next = (await Provider.CreateAsync(colleague, ahead, default)).Value.Id;
        (await Provider.Records.ListUpcomingOfAsync(Access, key, default)).Value.ShouldContain(meeting =>
            meeting.Id == next
        );
        var held = await HistoryAsync(Access, Monday, Monday + Duration.FromDays(1), key);
        held.ShouldHaveSingleItem().Organizer!.Key.ShouldBe(key);
        (await HistoryAsync(Access, Monday, Monday + Duration.FromDays(1))).ShouldBeEmpty();
        (await HistoryAsync(colleague, Monday, Monday + Duration.FromDays(1), key)).Count.ShouldBe(1);

        ProviderFailure?[] refused =
        [
            (await Provider.Records.ListUpcomingOfAsync(colleague, own, default)).Failure,
            (await WalkAsync(colleague, Monday, Monday + Duration.FromDays(1), own, [])).Failure,
        ];
        foreach (var failure in refused)
        {
            // Of another one, a scope may be missing as well.
            failure.ShouldNotBeNull().Code.ShouldBeOneOf(FailureCodes.NotAllowed, FailureCodes.MissingScope);
            failure.Next.ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public async Task The_people_of_the_account_are_told_once_each_and_found_by_address()
    {
        var account = (await Provider.IdentifyAsync(Access, default)).Value.AccountKey!;
        var users = await UsersAsync(Access, new UserQuery(account));
        users.Select(user => user.Key).Distinct(StringComparer.Ordinal).Count().ShouldBe(users.Count);

        foreach (var persona in (Persona[])[Persona.Organizer, Persona.Colleague, Persona.Unlicensed])
        {
            var (email, key) = await Bench.PersonAsync(persona);
            var listed = users.Single(user => user.Key == key);
            listed.Email.ShouldBe(email);
            listed.MayOrganize.ShouldBe(persona != Persona.Unlicensed);
            var found = await UsersAsync(Access, new UserQuery(account) { Email = email.ToUpperInvariant() });
            found.ShouldHaveSingleItem().Key.ShouldBe(key);
        }

        users.Single(user => user.Standing == UserStanding.Suspended).MayOrganize.ShouldBeFalse();
        users.ShouldContain(user => user.Standing == UserStanding.Active);
        users.ShouldContain(user => user.Standing == UserStanding.Invited);
        users.Exists(user => user.IsDevice).ShouldBe(ListsDevices);
        (await UsersAsync(Access, new UserQuery(account) { Email = "nobody@northwind.example" })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Licences_name_their_holders_and_groups_their_members()
    {
        var account = (await Provider.IdentifyAsync(Access, default)).Value.AccountKey!;
        var users = await UsersAsync(Access, new UserQuery(account));
        var licences = (await Provider.Directory.ListLicencesAsync(Access, account, default)).Value;
        licences.ShouldNotBeEmpty();
        licences.Any(licence => !licence.Enabled).ShouldBe(ListsEndedLicences);
        foreach (var licence in licences.Where(licence => licence.UserKeys.Count > 0))
        {
            licence.Seats.ShouldNotBeNull();
            users
                .Where(user => user.LicenceKeys.Contains(licence.Key, StringComparer.Ordinal) && !user.IsDevice)
                .Select(user => user.Key)
                .ShouldBeSubsetOf(users.Select(user => user.Key));
            licence.UserKeys.ShouldBeSubsetOf(users.Select(user => user.Key));
        }

        var groups = await Provider.Directory.ListGroupsAsync(Access, account, default);
        if (!OffersGroups)
        {
            groups.Failure!.Code.ShouldBe(FailureCodes.NotOffered);
            return;
        }
        var group = groups.Value.ShouldHaveSingleItem();
        group.Name.ShouldNotBeNullOrEmpty();
        group.UserKeys.ShouldBeSubsetOf(users.Select(user => user.Key));
    }

    [Fact]
    public async Task A_co_organizer_who_is_nobody_is_refused_with_a_cure()
    {
        var refused = await Provider.CreateAsync(
            Access,
            Spec with
            {
                CoOrganizerKeys = ["1234567890123456789"],
            },
            default
        );
        refused.Failure.ShouldNotBeNull().Kind.ShouldBe(FailureKind.Rejected);
        refused.Failure.Next.ShouldNotBeNull().ShouldContain("Co-organizers");
        (await Bench.CountAsync()).ShouldBe(0);
    }

    private bool OffersGroups => Provider.Descriptor.Capabilities.Contains("groups", StringComparer.Ordinal);

    private static IEnumerable<string> Ids(IEnumerable<HeldSession> sessions) =>
        sessions.Select(session => $"{session.Organizer?.Key}/{session.MeetingId}/{session.SessionId}");

    private async Task<List<HeldSession>> HistoryAsync(
        ProviderAccess access,
        Instant from,
        Instant to,
        string? organizerKey = null
    )
    {
        var seen = new List<HeldSession>();
        (await WalkAsync(access, from, to, organizerKey, seen)).Failure.ShouldBeNull();
        return seen;
    }

    private Task<ProviderResult<Nothing>> WalkAsync(
        ProviderAccess access,
        Instant from,
        Instant to,
        string? organizerKey,
        List<HeldSession> seen
    ) =>
        Provider.Records.WalkHistoryAsync(
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
        );

    private async Task<List<DirectoryUser>> UsersAsync(ProviderAccess access, UserQuery query)
    {
        var seen = new List<DirectoryUser>();
        (await WalkUsersAsync(access, query, seen)).Failure.ShouldBeNull();
        return seen;
    }

    private Task<ProviderResult<Nothing>> WalkUsersAsync(
        ProviderAccess access,
        UserQuery query,
        List<DirectoryUser> seen
    ) =>
        Provider.Directory.WalkUsersAsync(
            access,
            query,
            (user, _) =>
            {
                seen.Add(user);
                return ValueTask.CompletedTask;
            },
            default
        );
}
