using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Parley.Server.Usage.Views;

/// <summary>A page of the report's table.</summary>
/// <param name="Number">From 1.</param>
public sealed record PeoplePage(IReadOnlyList<UserActivity> Rows, int Matching, int Number, int Pages);

/// <summary>What the table of people shows and how; it all stands in the address of the page.</summary>
/// <param name="Text">Part of a name or an address.</param>
/// <param name="State">active, inactive, neverActive; empty: all.</param>
/// <param name="Licence">Key of a licence, <c>-</c> for none; empty: all.</param>
/// <param name="Sort">name, licence, last, meetings, minutes, state.</param>
public sealed record PeopleQuery(
    string Text,
    string State,
    string Licence,
    string Sort,
    bool Descending,
    int Page,
    string AsOf
)
{
    public const int PageSize = 50;
    public const string WithoutLicence = "-";
    public static readonly string[] States = ["active", "inactive", "neverActive"];
    private static readonly string[] Sorts = ["name", "licence", "last", "meetings", "minutes", "state"];

    public bool IsNarrowed => Text.Length > 0 || State.Length > 0 || Licence.Length > 0;

    public static PeopleQuery Read(IQueryCollection query)
    {
        var sort = query["sort"].ToString();
        return new PeopleQuery(
            Cut(query["q"].ToString()),
            States.Contains(query["state"].ToString(), StringComparer.Ordinal) ? query["state"].ToString() : "",
            Cut(query["licence"].ToString()),
            Sorts.Contains(sort, StringComparer.Ordinal) ? sort : "name",
            query["dir"] == "desc",
            int.TryParse(query["page"], NumberStyles.None, CultureInfo.InvariantCulture, out var page)
                ? Math.Max(1, page)
                : 1,
            Cut(query["asOf"].ToString())
        );
    }

    public PeoplePage Of(IReadOnlyList<UserActivity> users)
    {
        var matching = users.Where(Matches).ToList();
        var pages = Math.Max(1, (matching.Count + PageSize - 1) / PageSize);
        var number = Math.Clamp(Page, 1, pages);
        return new PeoplePage(
            [.. Sorted(matching).Skip((number - 1) * PageSize).Take(PageSize)],
            matching.Count,
            number,
            pages
        );
    }

    /// <summary>The address of the same table, changed.</summary>
    public string ToQuery(string? sort = null, int page = 1)
    {
        var descending = sort is null ? Descending : sort == Sort && !Descending;
        return string.Join(
            '&',
            new[]
            {
                ("q", Text),
                ("state", State),
                ("licence", Licence),
                ("asOf", AsOf),
                ("sort", (sort ?? Sort) == "name" ? "" : sort ?? Sort),
                ("dir", descending ? "desc" : ""),
                ("page", page == 1 ? "" : page.ToString(CultureInfo.InvariantCulture)),
            }
                .Where(part => part.Item2.Length > 0)
                .Select(part => $"{part.Item1}={Uri.EscapeDataString(part.Item2)}")
        );
    }

    private bool Matches(UserActivity user) =>
        (State.Length == 0 || UsageReportView.Word(user.State) == State)
        && (
            Licence.Length == 0
            || (
                Licence == WithoutLicence
                    ? user.LicenceKeys.Count == 0
                    : user.LicenceKeys.Contains(Licence, StringComparer.Ordinal)
            )
        )
        && (
            Text.Length == 0
            || user.Name?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true
            || user.Email?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true
        );

    // Sorting is stable: equal ones stay by name.
    private IEnumerable<UserActivity> Sorted(IReadOnlyList<UserActivity> users) =>
        Sort switch
        {
            "licence" => By(users, user => user.Licence ?? "", StringComparer.OrdinalIgnoreCase),
            "last" => By(users, user => user.LastMeetingOn is { } day ? Days.Text(day) : "", StringComparer.Ordinal),
            "meetings" => By(users, user => user.MeetingsInWindow, Comparer<int>.Default),
            "minutes" => By(users, user => user.MinutesInWindow, Comparer<int>.Default),
            "state" => By(users, user => user.State, Comparer<ActivityState>.Default),
            _ => Descending ? users.Reverse() : users,
        };

    private IEnumerable<UserActivity> By<T>(
        IReadOnlyList<UserActivity> users,
        Func<UserActivity, T> key,
        IComparer<T> comparer
    ) => Descending ? users.OrderByDescending(key, comparer) : users.OrderBy(key, comparer);

    private static string Cut(string text) => text.Length > 200 ? text[..200] : text.Trim();
}
