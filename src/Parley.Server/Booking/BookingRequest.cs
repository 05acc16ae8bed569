using NodaTime;
using Parley.Server.Web;

namespace Parley.Server.Booking;

/// <summary>Body of <c>POST /public/pages/{slug}/bookings</c>, before it is checked.</summary>
public sealed record BookingRequest
{
    public required Instant StartsAt { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }

    /// <summary>The customer's IANA zone: their mails and pages speak it.</summary>
    public required string TimeZone { get; init; }

    /// <summary>BCP 47; absent: the page's.</summary>
    public string? Locale { get; init; }
    public string? Topic { get; init; }

    /// <summary>Answers to a page's own questions; there are none yet.</summary>
    public IReadOnlyDictionary<string, string>? Answers { get; init; }
}

/// <summary>A request in which nothing is wrong.</summary>
internal sealed record CheckedBookingRequest
{
    public required Instant StartsAt { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required DateTimeZone Zone { get; init; }
    public required string Locale { get; init; }
    public string? Topic { get; init; }

    public static Answer<CheckedBookingRequest> From(BookingRequest request, BookingPage page)
    {
        var errors = new FieldErrors();
        var name = errors.Text("name", request.Name, 1, 200);
        var email = errors.Email("email", request.Email);
        var zone = errors.Zone("timeZone", request.TimeZone);
        var topic = errors.Lines("topic", request.Topic, 500);
        var locale = string.IsNullOrWhiteSpace(request.Locale) ? page.Settings.Locale : request.Locale.Trim();
        if (!BookingPageJson.IsLanguageTag(locale))
        {
            errors.Add("locale", "must be a language tag such as en or de-AT");
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (request.Answers is { Count: > 0 })
        {
            return new Problem(ProblemCodes.NotSupported, "answers: this page asks no questions of its own.")
            {
                Errors = new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["answers"] = ["is not supported yet"],
                },
            };
        }

        return new CheckedBookingRequest
        {
            StartsAt = request.StartsAt,
            Name = name,
            Email = email,
            Zone = zone,
            Locale = locale,
            Topic = topic,
        };
    }
}
