using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Control;
using Parley.Sandbox.Mailbox;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Pages;

/// <summary>The sandbox's own pages and the forms on them.</summary>
internal sealed class SandboxPages(World world, SandboxAddress address, WireLog log, LateCalls lateCalls)
{
    private const int ShownCalls = 200;
    private static readonly byte[] Stylesheet = ReadStylesheet();

    public static void Map(IEndpointRouteBuilder routes, SandboxPages pages)
    {
        routes.MapGet("/", pages.Home);
        routes.MapGet("/mailbox", pages.Mailbox);
        routes.MapGet("/mailbox/{number:long}", pages.Mail);
        routes.MapGet("/mailbox/{number:long}/html", pages.MailHtml);
        routes.MapGet("/log", pages.Log);
        routes.MapGet("/assets/sandbox.css", Css);
        RouteGroupBuilder actions = routes.MapGroup("/actions");
        actions.MapPost("/reset", pages.Reset);
        actions.MapPost("/mail/clear", pages.ClearMail);
        actions.MapPost("/faults", (Delegate)pages.AddFaultAsync);
        actions.MapPost("/faults/clear", pages.ClearFaults);
    }

    private IResult Home(HttpContext context) =>
        world.Read(state =>
            SandboxPage.Of<HomePage>(
                context,
                new
                {
                    address.BaseUrl,
                    address.SmtpPort,
                    state.Now,
                    MailCount = state.Mails.Count,
                    People = (IReadOnlyList<Person>)
                        [
                            .. state
                                .People.All.OrderBy(person => person.Purpose.Length == 0)
                                .ThenBy(person => person.Key, StringComparer.Ordinal),
                        ],
                    Accounts = (IReadOnlyDictionary<string, string>)
                        state.Accounts.All.ToDictionary(
                            account => account.Key,
                            account => account.Name,
                            StringComparer.Ordinal
                        ),
                    ZoomMeetings = ZoomMeetingPages.Rows(state),
                    ZoomUsers = (IReadOnlyList<ZoomUser>)
                        [.. state.Zoom.Users.All.OrderBy(user => user.Purpose.Length == 0).ThenBy(user => user.Pmi)],
                    ZoomAccounts = (IReadOnlyDictionary<string, string>)
                        state.Zoom.Accounts.All.ToDictionary(
                            account => account.Id,
                            account => account.Name,
                            StringComparer.Ordinal
                        ),
                    MeetingTotal = state.Meetings.All.Count(Listed),
                    Meetings = (IReadOnlyList<Meeting>)
                        [
                            .. state
                                .Meetings.All.Where(Listed)
                                .OrderByDescending(meeting => meeting.StartsAt)
                                .Take(MeetingPages.Shown)
                                .Reverse(),
                        ],
                    Held = (IReadOnlyDictionary<long, int>)
                        state
                            .Sessions.All.GroupBy(session => session.MeetingId)
                            .ToDictionary(sessions => sessions.Key, sessions => sessions.Count()),
                    Running = (IReadOnlySet<long>)
                        state
                            .Sessions.All.Where(session => session.EndedAt is null)
                            .Select(session => session.MeetingId)
                            .ToHashSet(),
                    Faults = (IReadOnlyList<Fault>)
                        [.. state.Faults.All.OrderBy(fault => fault.Id, StringComparer.Ordinal)],
                }
            )
        );

    private IResult Mailbox(HttpContext context)
    {
        List<StoredMail> mails = world.Read(state => state.Mails.All.OrderByDescending(mail => mail.Number).ToList());
        return SandboxPage.Of<MailboxPage>(
            context,
            new
            {
                address.SmtpPort,
                Mails = (IReadOnlyList<(StoredMail, MailMessage)>)
                    [.. mails.Select(mail => (mail, MailMessage.Parse(mail.Raw)))],
            }
        );
    }

    private IResult Mail(HttpContext context, long number) =>
        Find(number) is { } mail
            ? SandboxPage.Of<MailPage>(context, new { Mail = mail, Message = MailMessage.Parse(mail.Raw) })
            : NotFound(context, "No such mail", "It was removed, or never came in.");

    /// <summary>The HTML of a mail, in an origin of its own: no script, no form, nothing loaded from anywhere.</summary>
    private IResult MailHtml(HttpContext context, long number)
    {
        if (Find(number) is not { } mail || MailMessage.Parse(mail.Raw).Html is not { } html)
        {
            return NotFound(context, "No such mail", "It was removed, or has no HTML part.");
        }

        context.Response.Headers.ContentSecurityPolicy =
            "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
            + "base-uri 'self'; frame-ancestors 'self'";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        // A link in the frame could not load there; it opens a window instead.
        return Results.Text("<base target=\"_blank\">" + html, "text/html", Encoding.UTF8);
    }

    private IResult Log(HttpContext context, string? operation)
    {
        string? chosen = string.IsNullOrEmpty(operation) ? null : operation;
        return SandboxPage.Of<LogPage>(
            context,
            new
            {
                Operation = chosen,
                Counts = log.Counts(),
                Entries = (IReadOnlyList<WireEntry>)[.. log.Entries(chosen).Reverse().Take(ShownCalls)],
            }
        );
    }

    private static IResult Css(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Bytes(Stylesheet, "text/css; charset=utf-8");
    }

    private IResult Reset()
    {
        lateCalls.Clear();
        world.Change(Seed.Reset);
        log.Clear();
        return PageForms.SeeOther("/");
    }

    private IResult ClearMail()
    {
        world.Change(state => state.Mails.RemoveWhere(_ => true));
        return PageForms.SeeOther("/mailbox");
    }

    private async Task<IResult> AddFaultAsync(HttpContext context)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        string provider = form["provider"].ToString() == WireProvider.Zoom ? WireProvider.Zoom : WireProvider.GoTo;
        string operation = form["operation"].ToString();
        string kind = form["kind"].ToString();
        if (
            !WireProvider.ForFaults(provider).Contains(operation, StringComparer.Ordinal)
            || !FaultKinds.Built.Contains(kind, StringComparer.Ordinal)
            || kind is FaultKinds.ListLag or FaultKinds.RotateAndDrop
            || !int.TryParse(form["times"], NumberStyles.None, CultureInfo.InvariantCulture, out int times)
            || times == 0
        )
        {
            return SandboxPage.Of<MessagePage>(
                context,
                new
                {
                    Title = "This fault does not fit",
                    Text = "Choose an operation, a kind and a number of calls above 0.",
                },
                status: StatusCodes.Status400BadRequest
            );
        }

        world.Change(state =>
            FaultEndpoints.Put(
                state,
                new Fault
                {
                    Id = "",
                    Provider = provider,
                    Operation = operation,
                    Kind = kind,
                    Left = times,
                }
            )
        );
        return PageForms.SeeOther("/");
    }

    private IResult ClearFaults()
    {
        world.Change(state => state.Faults.RemoveWhere(_ => true));
        return PageForms.SeeOther("/");
    }

    private static bool Listed(Meeting meeting) => meeting is { DeletedAt: null, PersonalRoom: false };

    private StoredMail? Find(long number) => world.Read(state => state.Mails.Find($"{number}"));

    private static IResult NotFound(HttpContext context, string title, string text) =>
        SandboxPage.Of<MessagePage>(context, new { Title = title, Text = text }, status: StatusCodes.Status404NotFound);

    private static byte[] ReadStylesheet()
    {
        using Stream stream =
            typeof(SandboxPages).Assembly.GetManifestResourceStream("sandbox.css")
            ?? throw new InvalidOperationException("sandbox.css is not embedded.");
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
