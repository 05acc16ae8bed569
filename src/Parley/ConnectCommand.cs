using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server;

namespace Parley;

/// <summary>
/// <c>parley connect</c>: connects an account to a running Parley from the command line. With <c>--loopback</c> the provider's answer comes
/// to a fixed address of this machine, the one the OAuth client is registered with, and is handed on to Parley; nobody listens there
/// before or after.
/// </summary>
internal static class ConnectCommand
{
    private const string UsualAddress = "http://localhost:8080";
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public static Command Connect()
    {
        var url = new Option<string>("--url")
        {
            Description = "Where Parley runs",
            DefaultValueFactory = _ => Verbs.DefaultUrl,
        };
        var key = new Option<string?>("--key")
        {
            Description = "API key with connections:write; PARLEY_API_KEY when left out, which other users cannot see",
        };
        var provider = new Option<string>("--provider")
        {
            Description = "gotomeeting or zoom",
            DefaultValueFactory = _ => "gotomeeting",
        };
        var purpose = new Option<string>("--purpose")
        {
            Description = "account (an administrator's, for reports) or organizer",
            DefaultValueFactory = _ => "account",
        };
        var loopback = new Option<bool>("--loopback")
        {
            Description = "Receive the provider's answer on this machine, at --redirect-uri",
        };
        var redirect = new Option<string>("--redirect-uri")
        {
            Description = "With --loopback: the address the OAuth client is registered with",
            DefaultValueFactory = _ => UsualAddress,
        };
        var minutes = new Option<int>("--minutes")
        {
            Description = "How long to wait for the person who connects",
            DefaultValueFactory = _ => 15,
        };
        var command = new Command("connect", "Connect an account to a running Parley")
        {
            url,
            key,
            provider,
            purpose,
            loopback,
            redirect,
            minutes,
        };
        command.SetAction(
            (parse, cancellation) =>
                Verbs.RunAsync(() =>
                    RunAsync(
                        new Wish(
                            parse.GetRequiredValue(url).TrimEnd('/'),
                            parse.GetValue(key) ?? Environment.GetEnvironmentVariable("PARLEY_API_KEY") ?? "",
                            parse.GetRequiredValue(provider),
                            parse.GetRequiredValue(purpose),
                            parse.GetValue(loopback) ? parse.GetRequiredValue(redirect) : null,
                            TimeSpan.FromMinutes(parse.GetValue(minutes))
                        ),
                        cancellation
                    )
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(Wish wish, CancellationToken cancellationToken)
    {
        if (wish.Key.Length == 0)
        {
            throw new StartupException("An API key is needed: set PARLEY_API_KEY, or give --key.");
        }

        await using var services = new ServiceCollection().AddHttpClient().BuildServiceProvider();
        using var api = services.GetRequiredService<IHttpClientFactory>().CreateClient();
        api.Timeout = TimeSpan.FromSeconds(30);
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", wish.Key);
        await using var listener = wish.RedirectUri is null
            ? null
            : await LoopbackListener.StartAsync(wish.RedirectUri, cancellationToken);
        var pending = await AskAsync(
            () =>
                api.PostAsJsonAsync(
                    $"{wish.Url}/api/v1/connections",
                    new
                    {
                        provider = wish.Provider,
                        purpose = wish.Purpose,
                        redirectUri = wish.RedirectUri,
                    },
                    cancellationToken
                ),
            HttpStatusCode.Created,
            cancellationToken
        );
        var id = pending.GetProperty("id").GetString()!;
        if (pending.GetProperty("connectUrl").GetString() is { } connectUrl)
        {
            // The page's own origin, not --url: that is where the browser's cookie will be.
            listener?.HandOnTo(
                new Uri(new Uri(connectUrl).GetLeftPart(UriPartial.Authority) + $"/oauth/{wish.Provider}/callback")
            );
            Console.WriteLine("Open this page in a browser on this machine and press Continue:");
            Console.WriteLine(connectUrl);
        }

        return await WaitAsync(api, wish, id, cancellationToken);
    }

    private static async Task<int> WaitAsync(HttpClient api, Wish wish, string id, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(wish.Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using var timer = new PeriodicTimer(Look, TimeProvider.System);
        string? told = null;
        try
        {
            while (await timer.WaitForNextTickAsync(either.Token))
            {
                var connection = await AskAsync(
                    () => api.GetAsync($"{wish.Url}/api/v1/connections/{id}", either.Token),
                    HttpStatusCode.OK,
                    either.Token
                );
                if (connection.GetProperty("status").GetString() is "connected" or "expiring" or "missingScopes")
                {
                    var account = connection.GetProperty("account") is { ValueKind: JsonValueKind.Object } known
                        ? known.GetProperty("email").GetString()
                        : null;
                    Console.WriteLine(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"Success: connected{(account is null ? "" : $" as {account}")}, {connection.GetProperty("id").GetString()}"
                        )
                    );
                    return 0;
                }

                var problem = Words(connection.GetProperty("problem"));
                if (problem is not null && problem != told)
                {
                    told = problem;
                    await Console.Error.WriteLineAsync(problem);
                }
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync(
                "Nobody connected the account in time. The link stays good; or run this again."
            );
        }

        return 1;
    }

    /// <exception cref="StartupException">Parley does not answer, or refuses; with its words.</exception>
    private static async Task<JsonElement> AskAsync(
        Func<Task<HttpResponseMessage>> call,
        HttpStatusCode expected,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var reply = await call();
            var body =
                reply.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
                    ? await reply.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)
                    : default;
            return reply.StatusCode == expected && body.ValueKind == JsonValueKind.Object
                ? body
                : throw new StartupException($"Parley refused with {(int)reply.StatusCode}. {Words(body)}".TrimEnd());
        }
        catch (HttpRequestException exception)
        {
            throw new StartupException($"Parley cannot be reached: {exception.Message}", exception);
        }
    }

    private static string? Words(JsonElement problem)
    {
        if (problem.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var parts = new[] { "detail", "next" }
            .Select(name => problem.TryGetProperty(name, out var text) ? text.GetString() : null)
            .Concat(
                problem.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Object
                    ? errors.EnumerateObject().Select(error => $"{error.Name} {error.Value[0].GetString()}.")
                    : []
            );
        return string.Join(' ', parts.Where(part => !string.IsNullOrEmpty(part)));
    }

    /// <param name="RedirectUri">Null: the provider answers to Parley itself.</param>
    private sealed record Wish(
        string Url,
        string Key,
        string Provider,
        string Purpose,
        string? RedirectUri,
        TimeSpan Patience
    )
    {
        public override string ToString() => $"Wish {{ {Url}, {Provider} }}";
    }
}
