using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.GoTo.OAuth;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.Control;

namespace Parley.Sandbox.Control;

/// <summary><c>/control</c>: what a test or a demo may do to the sandbox, and what it may know (API.md, Sandbox).</summary>
internal sealed class ControlEndpoints(
    World world,
    WireLog log,
    LateCalls lateCalls,
    IClock realClock,
    ZoomAppControl zoom
)
{
    private readonly ZoomAppControl zoom = zoom;
    private const int Decade = 10 * 365 * 24 * 3600;

    public static void Map(IEndpointRouteBuilder routes, ControlEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/control");
        group.MapPost("/reset", (Delegate)endpoints.ResetAsync);
        group.MapPost("/clock", (Delegate)endpoints.ClockAsync);
        group.MapGet("/clock", () => endpoints.ClockAnswer());
        group.MapPost("/settings", (Delegate)endpoints.ChangeSettingsAsync);
        group.MapGet(
            "/settings",
            (string? provider) =>
                provider == ProviderField.Zoom ? endpoints.zoom.Settings() : endpoints.SettingsAnswer()
        );
        group.MapGet("/log", endpoints.Log);
        group.MapPost("/tokens", (Delegate)endpoints.TokensAsync);
        group.MapGet("/clients", endpoints.Clients);
        group.MapPost("/clients/redirect-uris", (Delegate)endpoints.RedirectUrisAsync);
        group.MapGet("/mail", endpoints.Mail);
        group.MapDelete("/mail", endpoints.DeleteMail);
    }

    private async Task<IResult> ResetAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        if (body.Flag("keepClients") is false)
        {
            body.Refuse("keepClients", "cannot be false: the registration always stays");
        }

        if (body.Problem() is { } problem)
        {
            return problem;
        }

        lateCalls.Clear();
        world.Change(Seed.Reset);
        log.Clear();
        return Results.NoContent();
    }

    /// <summary>Moves the sandbox's clock; what became due by it has happened when the answer arrives.</summary>
    private async Task<IResult> ClockAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        int? advance = body.Whole("advanceSeconds", -Decade, Decade);
        Instant? to = body.Time("to");
        if (body.Has("advanceSeconds") == body.Has("to"))
        {
            body.Refuse("advanceSeconds", "or to: send one of them");
        }

        if (body.Problem() is { } problem)
        {
            return problem;
        }

        world.Change(state =>
        {
            long offset = to is { } target
                ? (long)Math.Round((target - realClock.GetCurrentInstant()).TotalSeconds)
                : state.Settings.ClockOffsetSeconds + advance!.Value;
            state.Settings = state.Settings with { ClockOffsetSeconds = offset };
        });
        await lateCalls.RunDueAsync();
        return ClockAnswer();
    }

    private IResult ClockAnswer() =>
        world.Read(state =>
            ControlJson.Answer(
                new JsonObject
                {
                    ["now"] = ControlJson.Time(state.Now),
                    ["offsetSeconds"] = state.Settings.ClockOffsetSeconds,
                }
            )
        );

    private async Task<IResult> ChangeSettingsAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        if (ProviderField.Read(body) == ProviderField.Zoom)
        {
            return zoom.ChangeSettings(body);
        }

        string? wireMode = body.Text("wireMode", oneOf: ["quirk", "spec"]);
        string? refresh = body.Text("refreshPolicy", oneOf: ["none", "same", "rotated"]);
        int? expiry = body.Whole("expiryStatus", 401, 403);
        if (expiry is 402)
        {
            body.Refuse("expiryStatus", "must be 401 or 403");
        }

        int? access = body.Whole("accessTokenSeconds", 1, Decade);
        int? refreshLife = body.Whole("refreshTokenSeconds", 1, Decade);
        bool? past = body.Flag("pastStart");
        string? entities = body.Text("subjectEntities", oneOf: ["kept", "decoded"]);
        int? latency = body.Whole("latencyMs", 0, 60_000);
        Func<MeetingSwitches, MeetingSwitches> meetings = MeetingSettings.Read(body);
        IReadOnlyList<string>? scopes = body.Texts("clientScopes");
        if (scopes?.Except(Seed.KnownScopes, StringComparer.Ordinal).Any() == true)
        {
            body.Refuse("clientScopes", $"must be among {string.Join(", ", Seed.KnownScopes)}");
        }

        DirectoryFields directory = DirectoryFields.Read(body);
        if (body.Problem() is { } problem)
        {
            return problem;
        }

        world.Change(state =>
        {
            Settings before = state.Settings;
            state.Settings = before with
            {
                WireMode = wireMode ?? before.WireMode,
                Meetings = meetings(before.Meetings),
                RefreshPolicy = refresh ?? before.RefreshPolicy,
                ExpiryStatus = expiry ?? before.ExpiryStatus,
                AccessTokenSeconds = access ?? before.AccessTokenSeconds,
                RefreshTokenSeconds = refreshLife ?? before.RefreshTokenSeconds,
                PastStart = past ?? before.PastStart,
                SubjectEntities = entities ?? before.SubjectEntities,
                LatencyMs = latency ?? before.LatencyMs,
            };
            state.Directory = directory.Over(state.Directory);
            if (scopes is not null)
            {
                state.Client = state.Client with { Scopes = [.. scopes] };
            }
        });
        return SettingsAnswer();
    }

    private IResult SettingsAnswer() =>
        world.Read(state =>
            ControlJson.Answer(
                DirectoryFields.With(
                    ControlJson.Settings(state.Settings, state.Client.Scopes, state.UsualRate),
                    state.Directory
                )
            )
        );

    private IResult Log(string? operation, long? after, string? provider) =>
        ControlJson.Answer(
            new JsonObject
            {
                ["items"] = ControlJson.Array(log.Entries(operation, after ?? 0, provider).Select(ControlJson.Entry)),
                ["counts"] = new JsonObject(
                    log.Counts(provider).Select(count => new KeyValuePair<string, JsonNode?>(count.Key, count.Value))
                ),
            }
        );

    /// <summary>
    /// Tokens of a persona without the browser; <c>accessToken</c> chooses the text of the access token, for clients that carry a fixed one.
    /// </summary>
    private async Task<IResult> TokensAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        if (ProviderField.Read(body) == ProviderField.Zoom)
        {
            return zoom.Tokens(body);
        }

        string? email = body.Text("account", required: true);
        IReadOnlyList<string>? scopes = body.Texts("scopes");
        int? life = body.Whole("expiresInSeconds", -Decade, Decade);
        string? kind = body.Text("kind", oneOf: ["access", "pat"]);
        string? chosen = body.Text("accessToken");
        if (chosen is not null && kind == "pat")
        {
            body.Refuse("accessToken", "has no meaning for a personal access token");
        }

        if (chosen is not null && !chosen.All(c => c is > ' ' and < '\x7f'))
        {
            body.Refuse("accessToken", "must be printable ASCII without blanks");
        }

        if (body.Problem() is { } problem)
        {
            return problem;
        }

        return world.Change(state =>
        {
            if (People.ByEmail(state, email!) is not { } person)
            {
                return ControlProblem.NotFound($"There is no persona {email}.");
            }

            if (person.Status != PersonStatus.Active || person.Device)
            {
                return ControlProblem.Of(
                    StatusCodes.Status409Conflict,
                    "conflict",
                    $"{email} is {(person.Device ? "a phone" : person.Status.ToString().ToLowerInvariant())} and holds no tokens."
                );
            }

            if (kind == "pat")
            {
                Duration patLasts = Duration.FromSeconds(life ?? state.Settings.RefreshTokenSeconds);
                return ControlJson.Answer(
                    new JsonObject
                    {
                        ["pat"] = Issue.Personal(state, person.Key, scopes ?? state.Client.Scopes, patLasts),
                        ["organizerKey"] = person.Key,
                        ["accountKey"] = person.AccountKey,
                        ["expiresAt"] = ControlJson.Time(state.Now + patLasts),
                    },
                    StatusCodes.Status201Created
                );
            }

            string grant = Secrets.Text(12);
            Duration lasts = Duration.FromSeconds(life ?? state.Settings.AccessTokenSeconds);
            IReadOnlyList<string> granted = scopes ?? state.Client.Scopes;
            string access = chosen ?? Issue.Access(state, person.Key, granted, grant, lasts);
            if (chosen is not null)
            {
                Issue.Chosen(state, chosen, person.Key, granted, grant, lasts);
            }

            string refresh = Issue.Refresh(state, person.Key, granted, grant);
            return ControlJson.Answer(
                new JsonObject
                {
                    ["accessToken"] = access,
                    ["refreshToken"] = refresh,
                    ["organizerKey"] = person.Key,
                    ["accountKey"] = person.AccountKey,
                    ["expiresAt"] = ControlJson.Time(state.Now + lasts),
                },
                StatusCodes.Status201Created
            );
        });
    }

    /// <summary>The registration, its secret included: what one writes into the program that is to use this sandbox.</summary>
    private IResult Clients(string? provider) =>
        world.Read(state =>
            provider == ProviderField.Zoom ? ControlJson.Items(ZoomAppControl.Clients(state)) : GoToClient(state)
        );

    private static IResult GoToClient(World state) =>
        ControlJson.Items([
            new JsonObject
            {
                ["provider"] = ProviderField.GoTo,
                ["clientId"] = state.Client.Id,
                ["clientSecret"] = state.Client.Secret,
                ["name"] = state.Client.Name,
                ["redirectUris"] = ControlJson.Texts(state.Client.RedirectUris),
                ["scopes"] = ControlJson.Texts(state.Client.Scopes),
            },
        ]);

    private async Task<IResult> RedirectUrisAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        bool isZoom = ProviderField.Read(body) == ProviderField.Zoom;
        string? uri = body.Text("redirectUri", required: true);
        // "/path" counts as an absolute file URI on Unix.
        if (
            uri is not null
            && (!Uri.TryCreate(uri, UriKind.Absolute, out Uri? parsed) || parsed.IsFile || parsed.Fragment.Length > 0)
        )
        {
            body.Refuse("redirectUri", "must be an absolute URI without a fragment");
        }

        if (body.Problem() is { } problem)
        {
            return problem;
        }

        return isZoom
            ? zoom.AddRedirectUri(uri!)
            : world.Change(state =>
            {
                state.Client = state.Client with
                {
                    RedirectUris = [.. state.Client.RedirectUris.Union([uri!], StringComparer.Ordinal)],
                };
                return ControlJson.Answer(
                    new JsonObject
                    {
                        ["clientId"] = state.Client.Id,
                        ["redirectUris"] = ControlJson.Texts(state.Client.RedirectUris),
                    }
                );
            });
    }

    private IResult Mail(string? to)
    {
        List<StoredMail> mails = world.Read(state =>
            state.Mails.All.Where(mail => to is null || IsTo(mail, to)).OrderBy(mail => mail.Number).ToList()
        );
        return ControlJson.Items(mails.Select(ControlJson.Mail));
    }

    private IResult DeleteMail(string? to)
    {
        world.Change(state => state.Mails.RemoveWhere(mail => to is null || IsTo(mail, to)));
        return Results.NoContent();
    }

    private static bool IsTo(StoredMail mail, string to) =>
        mail.EnvelopeTo.Contains(to, StringComparer.OrdinalIgnoreCase);
}
