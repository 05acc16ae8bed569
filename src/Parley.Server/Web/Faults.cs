using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Server.Storage;
using Parley.Server.Web.Layout;

namespace Parley.Server.Web;

/// <summary>
/// What is left when nobody answered: faults, unknown paths, wrong methods. A problem under /api, a calm page elsewhere.
/// Logs name the route's pattern, never the path, which may carry a secret.
/// </summary>
internal sealed partial class Faults(RequestDelegate next, ILogger<Faults> logger)
{
    /// <summary>Seconds: a crowd is served in a few.</summary>
    private const string RetryAfterOverload = "5";

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // Nobody is there to answer.
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.StatusCode = exception.StatusCode;
        }
        catch (OverloadedException exception) when (!context.Response.HasStarted)
        {
            LogOverload(logger, exception, context.Request.Method, PatternOf(context));
            context.Response.Clear();
            context.Response.StatusCode = ProblemCodes.Overloaded.Status;
            context.Response.Headers.RetryAfter = RetryAfterOverload;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            LogFault(logger, exception, context.Request.Method, PatternOf(context), context.TraceIdentifier);
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }

        if (IsUnanswered(context.Response))
        {
            await AnswerAsync(context);
        }
    }

    private static bool IsUnanswered(HttpResponse response) =>
        response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null };

    private static async Task AnswerAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        if (
            context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            || context.Request.Path.StartsWithSegments("/embed/api", StringComparison.Ordinal)
        )
        {
            await ProblemOf(context, status).ToResult().ExecuteAsync(context);
            return;
        }

        var (title, text) = WordsFor(status, context);
        // Services of its own: a page that failed half-way leaves the request's renderer unfit for another.
        await using var scope = context.RequestServices.CreateAsyncScope();
        context.RequestServices = scope.ServiceProvider;
        await Pages.Render<ErrorPage>(context, new { Title = title, Text = text }, status).ExecuteAsync(context);
    }

    private static Problem ProblemOf(HttpContext context, int status) =>
        status switch
        {
            401 => new Problem(ProblemCodes.Unauthenticated, "This needs an API key.")
            {
                Next = "Send Authorization: Bearer <api key>.",
            },
            403 => new Problem(ProblemCodes.Forbidden, "This key may not do that."),
            404 => new Problem(ProblemCodes.NotFound, "There is nothing here, or not for this key."),
            405 => new Problem(
                ProblemCodes.MethodNotAllowed,
                $"{context.Request.Method} is not possible here; possible: {context.Response.Headers.Allow}."
            ),
            413 => new Problem(ProblemCodes.TooLarge, "The body is too large."),
            415 => new Problem(
                ProblemCodes.UnsupportedMediaType,
                "Send application/json; where a file is taken, text/csv."
            ),
            429 => new Problem(ProblemCodes.TooManyRequests, "Too many requests from here."),
            503 => new Problem(ProblemCodes.Overloaded, "More is asked at once than this server can do.")
            {
                Next =
                    "Send it again after Retry-After; a POST under the same Idempotency-Key, so that it is done once whatever became of this one.",
            },
            >= 500 => new Problem(
                ProblemCodes.Internal,
                $"Something broke on our side (trace {context.TraceIdentifier})."
            )
            {
                Next = "Try again; if it stays, give the trace to whoever runs this server.",
            },
            _ => new Problem(ProblemCodes.MalformedJson, "The request cannot be read."),
        };

    private static (string Title, string Text) WordsFor(int status, HttpContext context) =>
        status switch
        {
            403 => (
                "Not for your role",
                "Your role in this workspace does not include this. An owner or admin can change it."
            ),
            404 => (
                "Nothing here",
                "The address is wrong, or what was here is gone. Check the link, or ask whoever sent it."
            ),
            405 => ("Not this way", "This address cannot be opened like that. Go back and use the button on the page."),
            413 => ("Too large", "What was sent is larger than this server takes."),
            429 => ("A moment, please", "There were too many attempts from here. Wait a little, then try again."),
            503 => (
                "Very busy just now",
                "More people want something at once than this server can serve. Wait a few seconds, then look whether it was done, and try again if not."
            ),
            >= 500 => (
                "Something broke on our side",
                $"Nothing you did. Try again; if it stays, tell whoever runs this server: {context.TraceIdentifier}."
            ),
            _ => ("That did not work", "The request could not be read. Go back, reload the page and try again."),
        };

    internal static string PatternOf(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Pattern} was turned away: overloaded")]
    private static partial void LogOverload(ILogger logger, Exception exception, string method, string pattern);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Pattern} failed (trace {Trace})")]
    private static partial void LogFault(
        ILogger logger,
        Exception exception,
        string method,
        string pattern,
        string trace
    );
}

/// <summary>A form whose antiforgery token is missing, foreign or out of date is answered before its endpoint runs.</summary>
internal sealed class StaleForm(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false }
            ? Pages
                .Render<ErrorPage>(
                    context,
                    new
                    {
                        Title = "This form is out of date",
                        Text = "Nothing was changed. Go back, reload the page and send it again; cookies must be allowed.",
                    },
                    StatusCodes.Status400BadRequest
                )
                .ExecuteAsync(context)
            : next(context);
}
