using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Reports;

/// <summary>What every report asks first: a paid plan, a role that may, and a range of dates that reports go back to (reference §3).</summary>
internal static class ReportCall
{
    private const int MonthsBack = 6;

    /// <summary>The refusal of a caller who may read no reports; null for those who may.</summary>
    public static IResult? Refuse(ZoomRequest request)
    {
        if (request.Caller.Account.Plan == "free")
        {
            return ZoomErrors.NotEntitled($"This is only available for paid account: {request.Caller.Account.Id}.");
        }

        // Somebody who has lost the role keeps the token.
        return request.Caller.User is { Admin: false } ? ZoomErrors.NotEntitled("No permission.") : null;
    }

    /// <summary><c>from</c> and <c>to</c>, both days included: at most a month, within the last six.</summary>
    public static bool TryRange(
        ZoomRequest request,
        bool past,
        out LocalDate from,
        out LocalDate to,
        [NotNullWhen(false)] out IResult? refusal
    )
    {
        (from, to, refusal) = (default, default, null);
        if (Date(request, "from") is not { } first)
        {
            refusal = Invalid("from");
            return false;
        }

        if (Date(request, "to") is not { } last || last < first)
        {
            refusal = Invalid("to");
            return false;
        }

        (from, to) = (first, last);
        LocalDate today = request.State.Now.InUtc().Date;
        if (last > first.PlusMonths(1))
        {
            refusal = Bad("The date range of a report must be within one month.");
        }
        else if (past && first < today.PlusMonths(-MonthsBack))
        {
            refusal = Bad("Reports are only available for the last six months.");
        }

        return refusal is null;
    }

    /// <summary><c>year</c> and <c>month</c>; the current one where they are left out.</summary>
    public static bool TryMonth(ZoomRequest request, out YearMonth month, [NotNullWhen(false)] out IResult? refusal)
    {
        LocalDate today = request.State.Now.InUtc().Date;
        (month, refusal) = (today.ToYearMonth(), null);
        if (!TryWhole(request, "year", today.Year, 2000, 9000, out int year))
        {
            refusal = Invalid("year");
            return false;
        }

        if (!TryWhole(request, "month", today.Month, 1, 12, out int number))
        {
            refusal = Invalid("month");
            return false;
        }

        month = new YearMonth(year, number);
        LocalDate first = month.OnDayOfMonth(1);
        if (first > today || first < today.With(DateAdjusters.StartOfMonth).PlusMonths(-MonthsBack))
        {
            refusal = Bad("Daily report can only be provided for a month that falls within the recent 6 months.");
        }

        return refusal is null;
    }

    public static bool Within(Instant at, LocalDate from, LocalDate to)
    {
        LocalDate day = at.InUtc().Date;
        return day >= from && day <= to;
    }

    /// <summary>Everybody of the account who has an id.</summary>
    public static IEnumerable<ZoomUser> Users(ZoomRequest request) =>
        request
            .Zoom.UsersOf.Of(request.Caller.Account.Id)
            .Where(user => user.Status != ZoomUserStatus.Pending)
            .OrderBy(user => user.Email, StringComparer.OrdinalIgnoreCase);

    public static IResult Bad(string message) => ZoomErrors.Of(StatusCodes.Status400BadRequest, 300, message);

    public static IResult Invalid(string field) => Bad($"Invalid parameter: {field}.");

    private static LocalDate? Date(ZoomRequest request, string name) =>
        request.Query(name) is { } text ? MeetingTimes.ReadDate(text) : null;

    private static bool TryWhole(ZoomRequest request, string name, int usual, int least, int most, out int number)
    {
        number = usual;
        return request.Query(name) is not { } text
            || (
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
                && number >= least
                && number <= most
            );
    }
}
