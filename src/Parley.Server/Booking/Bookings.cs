using NodaTime;
using Parley.Scheduling.Availability;
using Parley.Server.Audit;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

/// <summary>
/// Taking, moving and giving back times. Every change is one transaction: lock the page, then the host's calendars, look again, write.
/// No two live bookings of one member or connection overlap, buffers included, whatever is asked for at once.
/// </summary>
public sealed class Bookings(
    Db db,
    Ids ids,
    IClock clock,
    BookingPages pages,
    PageHosts hosts,
    PageStandings standings,
    Arrangements arrangements,
    BookingLimiter limiter,
    BookingStarts starts
)
{
    /// <summary>Books a start. Waits for the database only, never for a provider.</summary>
    /// <param name="alongside">Given the booking's id: a further write in the same transaction.</param>
    /// <returns>
    /// 400 <c>invalid</c> for a start outside the hours or off the minute; 409 <c>slot_taken</c> with alternatives for any
    /// other start that is not free; 409 <c>conflict</c> on a paused page; 429 <c>too_many_requests</c>.
    /// </returns>
    public async Task<Answer<CustomerBooking>> BookAsync(
        BookingPage page,
        BookingRequest request,
        CancellationToken cancellationToken,
        Func<DbSession, string, Task>? alongside = null
    )
    {
        var complete = CheckedBookingRequest.From(request, page);
        if (!complete.Succeeded)
        {
            return complete.Problem!;
        }

        var wanted = complete.Value;
        if (!PageCalendar.Reaches(wanted.StartsAt))
        {
            return BookingStarts.TooFar();
        }

        var rules = page.RulesFor(page.Settings.DurationMinutes);
        var now = clock.GetCurrentInstant();
        // Hours, notice and period need no look at the calendars: such a start never reaches the writer.
        var early = BookingStarts.Check(page, rules, [], now, wanted.StartsAt, wanted.Zone);
        if (BookingStarts.Malformed(early) is { } malformed)
        {
            return malformed;
        }

        var standing = await standings.OfAsync(page, cancellationToken);
        if (!standing.IsOpen)
        {
            return Paused();
        }

        if (early == StartCheck.Free)
        {
            var outcome = await db.WriteAsync(
                session => BookAsync(session, page, wanted, alongside),
                cancellationToken
            );
            if (outcome.Problem is not null || outcome.Booking is not null)
            {
                return outcome.Problem is { } problem ? problem : outcome.Booking!;
            }
        }

        return await starts.TakenAsync(
            page,
            standing.Host,
            rules,
            wanted.StartsAt,
            wanted.Zone,
            null,
            cancellationToken
        );
    }

    /// <summary>Moves a booking; its id, its meeting and its door stay. The start it already has is no change.</summary>
    /// <param name="byCustomer">Customers are held to <see cref="BookingLimiter.MovesPerBooking"/>; every other rule is everyone's.</param>
    /// <returns>As <see cref="BookAsync(BookingPage, BookingRequest, CancellationToken)"/>; 409 <c>conflict</c> when it is cancelled or has begun.</returns>
    public async Task<Answer<CustomerBooking>> RescheduleAsync(
        CustomerBooking known,
        Instant startsAt,
        bool byCustomer,
        CancellationToken cancellationToken,
        Precondition? demanded = null
    )
    {
        if (!PageCalendar.Reaches(startsAt))
        {
            return BookingStarts.TooFar();
        }

        var page = await db.ReadAsync(
            session => pages.FindAnyAsync(session, known.WorkspaceId, known.PageId),
            cancellationToken
        );
        if (page is null)
        {
            throw new InvalidOperationException($"Booking {known.Id} lost its page.");
        }

        var outcome = await db.WriteAsync(
            session => RescheduleAsync(session, page, known, startsAt, byCustomer, demanded),
            cancellationToken
        );
        if (outcome.Problem is { } problem)
        {
            return problem;
        }

        return outcome.Booking is { } booking
            ? booking
            : await starts.TakenAsync(
                page,
                known.Host,
                page.RulesFor(known.DurationMinutes),
                startsAt,
                Zone(known),
                known.ArrangementId,
                cancellationToken
            );
    }

    /// <summary>Calls a booking off: its time is free again, its meeting is removed, who knew of it is told. A second time changes nothing.</summary>
    /// <param name="reason">Shown to the other side; at most 500 characters, checked by the caller.</param>
    /// <param name="by">One of <see cref="BookingActor"/>.</param>
    public Task<Answer<CustomerBooking>> CancelAsync(
        CustomerBooking known,
        string? reason,
        string by,
        CancellationToken cancellationToken,
        Precondition? demanded = null
    ) =>
        db.WriteAsync<Answer<CustomerBooking>>(
            async session =>
            {
                await Occupancy.LockAsync(session, known.WorkspaceId, [known.HostMemberId, known.HostConnectionId]);
                var booking = await BookingRows.LockAsync(session, known);
                if (demanded?.Refuse(booking.State, "The booking") is { } changedMeanwhile)
                {
                    return changedMeanwhile;
                }

                if (booking.Status == BookingStatus.Cancelled)
                {
                    return booking;
                }

                var now = clock.GetCurrentInstant();
                if (booking.EndsAt <= now)
                {
                    return new Problem(ProblemCodes.Conflict, "The meeting is over: there is nothing left to cancel.");
                }

                var arrangement = await ArrangementAsync(session, booking);
                var cancelled = booking with
                {
                    Status = BookingStatus.Cancelled,
                    CancelledBy = by,
                    CancelReason = reason,
                    Version = booking.Version + 1,
                    UpdatedAt = now,
                };
                await session.ExecuteAsync(
                    "UPDATE booking SET status = @Status, cancelled_by = @CancelledBy, cancel_reason = @CancelReason, version = @Version, updated_at = @UpdatedAt WHERE workspace_id = @WorkspaceId AND id = @Id",
                    cancelled
                );
                await arrangements.CancelAsync(session, arrangement);
                return cancelled;
            },
            cancellationToken
        );

    private async Task<Outcome> BookAsync(
        DbSession session,
        BookingPage known,
        CheckedBookingRequest wanted,
        Func<DbSession, string, Task>? alongside
    )
    {
        var page = await pages.LockAsync(session, known);
        if (page is not { DeletedAt: null })
        {
            return new Outcome(null, new Problem(ProblemCodes.NotFound, "There is no such booking page any more."));
        }

        var standing = await standings.OfAsync(session, page);
        if (!standing.IsOpen)
        {
            return new Outcome(null, Paused());
        }

        var host = standing.Host;
        await Occupancy.LockAsync(session, page.WorkspaceId, host.Calendars);
        var now = clock.GetCurrentInstant();
        var rules = page.RulesFor(page.Settings.DurationMinutes);
        var start = wanted.StartsAt;
        var busy = await PageCalendar.BusyAsync(session, page, host, rules, start, start, null);
        var check = BookingStarts.Check(page, rules, busy, now, start, wanted.Zone);
        if (check != StartCheck.Free)
        {
            return new Outcome(null, BookingStarts.Malformed(check));
        }

        var emailKey = wanted.Email.ToLowerInvariant();
        var provider = await hosts.ProviderAsync(session, page.WorkspaceId, host.ConnectionId);
        if (await limiter.CountedAsync(session, page, provider, emailKey) is { } tooMany)
        {
            return new Outcome(null, tooMany);
        }

        var id = ids.New("bkg");
        var end = start + Duration.FromMinutes(rules.DurationMinutes);
        var arrangement = await arrangements.PlanAsync(
            session,
            new ArrangementDraft
            {
                WorkspaceId = page.WorkspaceId,
                ConnectionId = host.ConnectionId,
                Provider = provider,
                Source = ArrangementSource.Booking,
                BookingId = id,
                MemberId = host.MemberId,
                Subject = BookingRows.SubjectFor(page.Settings.Title, wanted.Name),
                StartsAt = start,
                EndsAt = end,
                TimeZone = page.Zone.Id,
                Details = new ArrangementDetails { Description = wanted.Topic },
                Attendees =
                [
                    new ArrangementAttendee
                    {
                        Name = wanted.Name,
                        Email = wanted.Email,
                        TimeZone = wanted.Zone.Id,
                        Locale = wanted.Locale,
                    },
                ],
            }
        );
        var booking = new CustomerBooking
        {
            WorkspaceId = page.WorkspaceId,
            Id = id,
            PageId = page.Id,
            ArrangementId = arrangement.Id,
            StartsAt = start,
            EndsAt = end,
            Status = BookingStatus.Confirmed,
            CustomerName = wanted.Name,
            CustomerEmail = wanted.Email,
            CustomerEmailKey = emailKey,
            CustomerTimeZone = wanted.Zone.Id,
            CustomerLocale = wanted.Locale,
            Topic = wanted.Topic,
            HostMemberId = host.MemberId,
            HostConnectionId = host.ConnectionId,
            CreatedAt = now,
            UpdatedAt = now,
        };
        await BookingRows.AddAsync(session, booking);
        await BookingRows.TakeTimeAsync(session, page, booking);
        if (alongside is not null)
        {
            await alongside(session, booking.Id);
        }

        return new Outcome(booking, null);
    }

    private async Task<Outcome> RescheduleAsync(
        DbSession session,
        BookingPage knownPage,
        CustomerBooking known,
        Instant startsAt,
        bool byCustomer,
        Precondition? demanded
    )
    {
        // A deleted or paused page takes no new bookings, but who has one may still move it.
        var page = await pages.LockAsync(session, knownPage) ?? knownPage;
        await Occupancy.LockAsync(session, page.WorkspaceId, [known.HostMemberId, known.HostConnectionId]);
        var booking = await BookingRows.LockAsync(session, known);
        if (demanded?.Refuse(booking.State, "The booking") is { } changedMeanwhile)
        {
            return new Outcome(null, changedMeanwhile);
        }

        if (booking.Host != known.Host)
        {
            // Other calendars than those we locked.
            return new Outcome(
                null,
                new Problem(ProblemCodes.Conflict, "The booking got another host just now.") { Next = "Try again." }
            );
        }

        if (!booking.IsConfirmed)
        {
            return new Outcome(
                null,
                new Problem(ProblemCodes.Conflict, $"The booking is {booking.Status}: it cannot be moved.")
                {
                    Next = "Book a new time instead.",
                }
            );
        }

        if (booking.StartsAt == startsAt)
        {
            return new Outcome(booking, null);
        }

        var now = clock.GetCurrentInstant();
        if (booking.StartsAt <= now)
        {
            return new Outcome(
                null,
                new Problem(ProblemCodes.Conflict, "The meeting has begun or is over: it cannot be moved.")
                {
                    Next = "Book a new time instead.",
                }
            );
        }

        if (byCustomer && limiter.IsOn && booking.Version > BookingLimiter.MovesPerBooking)
        {
            return new Outcome(null, BookingLimiter.TooMany("This booking was moved very often.", 3600));
        }

        var rules = page.RulesFor(booking.DurationMinutes);
        var busy = await PageCalendar.BusyAsync(
            session,
            page,
            booking.Host,
            rules,
            startsAt,
            startsAt,
            booking.ArrangementId
        );
        var check = BookingStarts.Check(page, rules, busy, now, startsAt, Zone(booking));
        if (check != StartCheck.Free)
        {
            return new Outcome(null, BookingStarts.Malformed(check));
        }

        var moved = booking with
        {
            StartsAt = startsAt,
            EndsAt = startsAt + Duration.FromMinutes(rules.DurationMinutes),
            Version = booking.Version + 1,
            UpdatedAt = now,
        };
        await session.ExecuteAsync(
            "UPDATE booking SET starts_at = @StartsAt, ends_at = @EndsAt, version = @Version, updated_at = @UpdatedAt WHERE workspace_id = @WorkspaceId AND id = @Id",
            moved
        );
        var arrangement = await ArrangementAsync(session, booking);
        await arrangements.ChangeAsync(
            session,
            arrangement with
            {
                StartsAt = moved.StartsAt,
                EndsAt = moved.EndsAt,
            },
            notify: true,
            isPublic: byCustomer
        );
        await BookingRows.TakeTimeAsync(session, page, moved);
        await AuditTrail.NoteAsync(
            session,
            now,
            moved.WorkspaceId,
            new AuditNote(AuditActions.BookingRescheduled, "booking", moved.Id, arrangement.Subject)
            {
                Before = new { booking.StartsAt },
                After = new { moved.StartsAt },
            }
        );
        return new Outcome(moved, null);
    }

    private static Problem Paused() =>
        new(ProblemCodes.Conflict, "This page takes no bookings at the moment.") { Next = "Try again later." };

    private static async Task<Arrangement> ArrangementAsync(DbSession session, CustomerBooking booking) =>
        await Arrangements.LockAsync(session, booking.WorkspaceId, booking.ArrangementId)
        ?? throw new InvalidOperationException($"Booking {booking.Id} lost its arrangement.");

    private static DateTimeZone Zone(CustomerBooking booking) =>
        DateTimeZoneProviders.Tzdb.GetZoneOrNull(booking.CustomerTimeZone) ?? DateTimeZone.Utc;

    private readonly record struct Outcome(CustomerBooking? Booking, Problem? Problem);
}
