using NodaTime;
using Parley.Scheduling.Availability;
using static Parley.Scheduling.Tests.Availability.Requests;

namespace Parley.Scheduling.Tests.Availability;

/// <summary>Answers worked out by hand, one reading of the rules each.</summary>
public sealed class EngineTests
{
    [Fact]
    public void A_window_that_starts_in_a_gap_uses_the_offset_before_it() =>
        // 02:30 does not exist on 2027-03-14; with −5 it is 07:30Z, on the new clock 03:30.
        Starts(
                Ask(
                    Page(30),
                    "2027-03-14T05:00:00Z",
                    "2027-03-15T04:00:00Z",
                    Host("America/New_York", "02:30", "04:30")
                )
            )
            .ShouldBe("14T07:30 14T08:00");

    [Fact]
    public void A_window_wholly_in_a_gap_ends_before_it_starts_and_is_gone() =>
        Starts(
                Ask(
                    Page(15),
                    "2027-03-14T05:00:00Z",
                    "2027-03-15T04:00:00Z",
                    Host("America/New_York", "02:30", "03:00")
                )
            )
            .ShouldBe("");

    [Fact]
    public void A_day_that_was_skipped_lends_its_hours_to_where_the_old_offset_puts_them()
    {
        // Apia had no 2011-12-30 (a Friday): 09:00 at −10 is 19:00Z, which the new clock calls Saturday 09:00.
        var host = new AvailabilityHost
        {
            Schedule = new Schedule
            {
                TimeZone = Zone("Pacific/Apia"),
                Weekly = [new WeeklyHours { Days = [IsoDayOfWeek.Friday], Window = Window("09:00", "10:00") }],
            },
        };

        Starts(Ask(Page(60), "2011-12-29T00:00:00Z", "2012-01-02T00:00:00Z", host)).ShouldBe("30T19:00");
    }

    [Fact]
    public void Rounding_up_over_a_half_hour_change_waits_until_the_new_clock_shows_the_hour() =>
        // Lord Howe, 2027-04-04 02:00 (+11) becomes 01:30 (+10:30) at 15:00Z. From 01:45 the next full hour is 02:00, 15:30Z.
        Starts(
                Ask(
                    Page(30, grid: 60, step: 60),
                    "2027-04-03T14:00:00Z",
                    "2027-04-03T17:00:00Z",
                    Host("Australia/Lord_Howe", "01:45", "03:30")
                )
            )
            .ShouldBe("03T15:30 03T16:30");

    [Fact]
    public void A_window_to_midnight_joins_the_next_day() =>
        Starts(
                Ask(
                    Page(60, step: 45),
                    "2027-06-14T22:00:00Z",
                    "2027-06-15T02:00:00Z",
                    Host("UTC", "22:00", "24:00") with
                    {
                        Schedule = new Schedule
                        {
                            TimeZone = DateTimeZone.Utc,
                            Weekly =
                            [
                                new WeeklyHours { Days = EveryDay, Window = Window("22:00", "24:00") },
                                new WeeklyHours { Days = EveryDay, Window = Window("00:00", "02:00") },
                            ],
                        },
                    }
                )
            )
            .ShouldBe("14T22:00 14T22:45 14T23:30 15T00:15 15T01:00");

    [Fact]
    public void Hours_round_the_clock_keep_the_ladder_that_began_with_the_notice_months_ago() =>
        // 59 days after now are 84 960 minutes; the next multiple of 70 is 84 980.
        Starts(
                Ask(Page(70), "2027-03-01T00:00:00Z", "2027-03-01T02:00:00Z", Host("UTC", "00:00", "24:00")) with
                {
                    Now = At("2027-01-01T00:00:00Z"),
                }
            )
            .ShouldBe("01T00:20 01T01:30");

    [Fact]
    public void The_grid_begins_anew_each_hour() =>
        // 25 past the hour goes 0, 25, 50, then 0 again.
        Starts(
                Ask(
                    Page(5, grid: 25, step: 30),
                    "2027-06-14T00:00:00Z",
                    "2027-06-15T00:00:00Z",
                    Host("UTC", "09:55", "10:35")
                )
            )
            .ShouldBe("14T10:00 14T10:30");

    [Fact]
    public void Without_a_grid_the_widest_usual_one_that_the_step_keeps_to_is_used() =>
        Starts(
                Ask(
                    Page(45) with
                    {
                        Grid = null,
                    },
                    "2027-06-14T00:00:00Z",
                    "2027-06-15T00:00:00Z",
                    Host("UTC", "09:05", "11:00")
                )
            )
            .ShouldBe("14T09:15 14T10:00");

    [Fact]
    public void Notice_is_exact_to_the_second()
    {
        var request = Ask(
            Page(60, grid: 60) with
            {
                MinimumNoticeMinutes = 60,
            },
            "2027-06-14T00:00:00Z",
            "2027-06-15T00:00:00Z",
            Host("UTC", "09:00", "11:00")
        );

        Starts(request with { Now = At("2027-06-14T08:00:00Z") }).ShouldBe("14T09:00 14T10:00");
        Starts(request with { Now = At("2027-06-14T08:00:01Z") }).ShouldBe("14T10:00");
    }

    [Fact]
    public void A_reached_day_is_closed_from_midnight_to_midnight_also_for_slots_that_only_end_in_it()
    {
        var page = Page(60, step: 30) with { Limits = new BookingLimits { BookingsPerDay = 1 } };
        var booked = Busy("2027-06-15T12:00:00Z", "2027-06-15T13:00:00Z", "p");

        Starts(Ask(page, "2027-06-14T22:00:00Z", "2027-06-16T00:45:00Z", Host("UTC", "00:00", "24:00", booked)))
            .ShouldBe("14T22:00 14T22:30 14T23:00 16T00:00 16T00:30");
    }

    [Fact]
    public void Only_confirmed_items_of_the_same_page_count_and_not_the_one_being_moved()
    {
        var page = Page(60) with { Limits = new BookingLimits { BookingsPerDay = 1 } };
        var booked = Busy("2027-06-14T09:00:00Z", "2027-06-14T10:00:00Z", "p") with { Uid = "b1" };
        AvailabilityRequest With(BusyItem item) =>
            Ask(page, "2027-06-14T00:00:00Z", "2027-06-15T00:00:00Z", Host("UTC", "09:00", "11:00", item));

        Starts(With(booked)).ShouldBe("");
        Starts(With(booked with { PageId = "other" })).ShouldBe("14T10:00");
        Starts(With(booked with { Status = BusyStatus.Pending, PendingBlocks = true })).ShouldBe("14T10:00");
        var moving = With(booked);
        Starts(moving with { Query = moving.Query with { Rescheduling = "b1" } }).ShouldBe("14T09:00 14T10:00");
    }

    [Fact]
    public void A_limit_below_the_duration_closes_every_day()
    {
        var page = Page(60);
        var limits = new BookingLimits { MinutesPerDay = 59 };
        AvailabilityRequest With(PageRules rules) =>
            Ask(rules, "2027-06-14T00:00:00Z", "2027-06-15T00:00:00Z", Host("UTC", "09:00", "10:00"));

        Starts(With(page)).ShouldBe("14T09:00");
        Starts(With(page with { Limits = limits })).ShouldBe("");
        AvailabilityEngine
            .Check(With(page with { Limits = limits }), At("2027-06-14T09:00:00Z"))
            .ShouldBe(StartCheck.LimitReached);
    }

    [Fact]
    public void In_a_team_a_limit_closes_the_day_of_the_host_who_reached_it()
    {
        var page = Page(60) with { Limits = new BookingLimits { BookingsPerDay = 1 } };
        var full = Host("UTC", "09:00", "11:00", Busy("2027-06-14T06:00:00Z", "2027-06-14T07:00:00Z", "p"));
        var open = Host("UTC", "10:00", "12:00");
        var request = Ask(page, "2027-06-14T00:00:00Z", "2027-06-15T00:00:00Z", full, open);

        Starts(request).ShouldBe("");
        Starts(request with { Mode = AvailabilityMode.RoundRobin }).ShouldBe("14T10:00 14T11:00");
    }

    [Fact]
    public void Pieces_of_different_hosts_never_combine()
    {
        var early = Host("UTC", "09:00", "09:30");
        var late = Host("UTC", "09:30", "10:00");
        var request = Ask(Page(60), "2027-06-14T00:00:00Z", "2027-06-15T00:00:00Z", early, late) with
        {
            Mode = AvailabilityMode.RoundRobin,
        };

        Starts(request).ShouldBe("");
        Starts(request with { Page = Page(30) }).ShouldBe("14T09:00 14T09:30");
    }

    [Fact]
    public void A_round_robin_of_fixed_hosts_alone_has_nobody_to_give_the_slot_to()
    {
        var request = Ask(
            Page(60),
            "2027-06-14T00:00:00Z",
            "2027-06-15T00:00:00Z",
            Host("UTC", "09:00", "10:00"),
            Host("UTC", "09:00", "10:00") with
            {
                Fixed = true,
            }
        ) with
        {
            Mode = AvailabilityMode.RoundRobin,
        };

        Starts(request).ShouldBe("14T09:00");
        var allFixed = request.Hosts.Select(host => host with { Fixed = true }).ToList();
        Starts(request with { Hosts = allFixed }).ShouldBe("");
    }

    [Fact]
    public void A_period_is_judged_by_the_start()
    {
        var page = Page(60, step: 30) with { Period = new BookingPeriod.RollingCalendarDays(0) };
        var request = Ask(page, "2027-06-14T22:45:00Z", "2027-06-16T00:00:00Z", Host("UTC", "22:00", "24:00")) with
        {
            Now = At("2027-06-14T22:00:00Z"),
            Hosts = [Host("UTC", "00:00", "24:00")],
        };

        Starts(request).ShouldBe("14T23:00 14T23:30");
    }

    [Theory]
    [InlineData("2027-01-16T06:00:00Z", 1, "16T08:00 17T08:00 18T08:00")] // from a Saturday, Monday is the first
    [InlineData("2027-01-15T06:00:00Z", 0, "15T08:00")]
    [InlineData("2027-01-15T06:00:00Z", 1, "15T08:00 16T08:00 17T08:00 18T08:00")]
    public void Business_days_are_counted_from_the_day_after_today(string now, int days, string starts) =>
        Starts(
                Ask(
                    Page(60) with
                    {
                        Period = new BookingPeriod.RollingBusinessDays(days),
                    },
                    "2027-01-14T00:00:00Z",
                    "2027-01-22T00:00:00Z",
                    Host("UTC", "08:00", "09:00")
                ) with
                {
                    Now = At(now),
                }
            )
            .ShouldBe(starts);

    [Fact]
    public void A_start_that_is_not_free_says_why()
    {
        var request = Ask(
            Page(60) with
            {
                MinimumNoticeMinutes = 60,
                Period = new BookingPeriod.RollingCalendarDays(1),
            },
            "2027-06-14T00:00:00Z",
            "2027-06-15T00:00:00Z",
            Host("UTC", "09:00", "17:00", Busy("2027-06-14T12:00:00Z", "2027-06-14T13:00:00Z"))
        ) with
        {
            Now = At("2027-06-14T09:30:00Z"),
        };
        StartCheck Check(string at) => AvailabilityEngine.Check(request, At(at));

        Check("2027-06-14T10:30:00Z").ShouldBe(StartCheck.Free);
        Check("2027-06-14T10:37:00Z").ShouldBe(StartCheck.Free, "the grid only chooses what is shown");
        Check("2027-06-14T10:37:30Z").ShouldBe(StartCheck.NotOnAMinute);
        Check("2027-06-14T09:00:00Z").ShouldBe(StartCheck.Past);
        Check("2027-06-14T16:01:00Z").ShouldBe(StartCheck.OutsideHours);
        Check("2027-06-16T10:00:00Z").ShouldBe(StartCheck.OutsidePeriod);
        Check("2027-06-14T10:29:00Z").ShouldBe(StartCheck.TooSoon);
        Check("2027-06-14T11:01:00Z").ShouldBe(StartCheck.Busy);
        Check("2027-06-14T13:00:00Z").ShouldBe(StartCheck.Free);
    }

    [Fact]
    public void Alternatives_reach_into_other_days_when_the_day_is_full()
    {
        var request = Ask(
            Page(60, grid: 60),
            "2027-06-14T00:00:00Z",
            "2027-06-15T00:00:00Z",
            Host("UTC", "09:00", "11:00", Busy("2027-06-14T09:00:00Z", "2027-06-14T11:00:00Z"))
        );

        AvailabilityEngine
            .Alternatives(request, At("2027-06-14T09:00:00Z"), 3)
            .ShouldBe([At("2027-06-13T09:00:00Z"), At("2027-06-13T10:00:00Z"), At("2027-06-15T09:00:00Z")]);
    }

    [Fact]
    public void An_item_of_no_length_blocks_nothing_unless_it_has_buffers()
    {
        var item = Busy("2027-06-14T09:30:00Z", "2027-06-14T09:30:00Z");
        AvailabilityRequest With(BusyItem one) =>
            Ask(Page(60), "2027-06-14T00:00:00Z", "2027-06-15T00:00:00Z", Host("UTC", "09:00", "10:00", one));

        Starts(With(item)).ShouldBe("14T09:00");
        Starts(With(item with { Buffers = new Buffers { AfterMinutes = 1 } })).ShouldBe("");
    }
}
