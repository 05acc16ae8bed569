using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Reference;
using AccessTests = Parley.Server.Tests.Access.ApiKeyTests;
using Things = Parley.Server.Tests.HouseRules.ForeignIdTests.Things;

namespace Parley.Server.Tests.HouseRules;

/// <summary>
/// Who reaches what (checklist C14, docs/decisions/0008), made from the API document: every operation with an id × whose thing it is ×
/// the role of the key's owner × the key's scopes. An operation nobody thought of here is tried too.
/// </summary>
public sealed class ReachMatrixTests
{
    private static readonly string[] Roles = [Role.Owner, Role.Admin, Role.Member];

    [Fact]
    public async Task Every_operation_keeps_every_key_within_its_reach()
    {
        await using var bench = await BookingBench.StartAsync(DatabaseKind.Sqlite);
        var (elsewhere, secret) = await AccessTests.SecondWorkspaceAsync(bench.Parley);
        using var theirKey = AccessTests.Bearer(bench.Parley, secret);
        var theirs = await ForeignIdTests.ThingsAsync(
            bench,
            elsewhere.WorkspaceId,
            "con_elsewhere",
            theirKey,
            "theirs"
        );
        var ours = await ForeignIdTests.ThingsAsync(
            bench,
            bench.WorkspaceId,
            BookingBench.ConnectionId,
            bench.Api,
            "ours"
        );
        using var keys = await Keys.MakeAsync(bench);
        var operations = await ForeignIdTests.OperationsAsync(bench.Parley);
        var before = await CustomerRoom.EverythingAsync(bench.Parley);
        var (wrong, tried) = (new List<string>(), 0);
        foreach (var operation in operations)
        {
            foreach (var role in Roles)
            {
                foreach (var scopes in (string[])[operation.Scope, Scope.Admin, "others", "reading", "none"])
                {
                    var key = keys.Of(role, scopes, operation.Scope);
                    var last = operation.Ids.Count - 1;
                    // The last id is the one tried; those before it are ours, so that a foreign thing below our own is tried too.
                    var unknown = await AnswerAsync(key, operation, last, Things.None, ours);
                    var foreign = await AnswerAsync(key, operation, last, theirs, ours);
                    var what = $"{operation.Method} {operation.Template} as {role} with scopes '{scopes}'";
                    var (expected, code) = Expected(operation, role, scopes);
                    // Unknown meetings are the provider's to know, and so a word of its own.
                    if (unknown.Status != expected || (code is not null && unknown.Code != code))
                    {
                        wrong.Add($"{what}, unknown id: {unknown}, not {(int)expected}");
                    }

                    if (foreign != unknown)
                    {
                        wrong.Add($"{what}, foreign id: {foreign}, not as an unknown one: {unknown}");
                    }

                    tried += 2;
                    if (role == Role.Member || expected == HttpStatusCode.Forbidden)
                    {
                        // What a colleague has is as absent as what never was, from its first id on.
                        var nothing = await AnswerAsync(key, operation, 0, Things.None, ours);
                        var colleagues = await AnswerAsync(key, operation, 0, ours, ours);
                        if (colleagues != nothing)
                        {
                            wrong.Add($"{what}, a colleague's: {colleagues}, not as an unknown one: {nothing}");
                        }

                        tried++;
                    }
                    else if (operation.Method == HttpMethod.Get)
                    {
                        var there = await AnswerAsync(key, operation, 0, ours, ours);
                        if (there.Status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
                        {
                            wrong.Add($"{what}, of the own workspace: {there}, although an administrator reaches all");
                        }

                        tried++;
                    }
                }
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong));
        tried.ShouldBeGreaterThan(1000);
        (await CustomerRoom.EverythingAsync(bench.Parley)).ShouldBe(before);
    }

    [Fact]
    public async Task Every_list_and_every_question_by_id_tells_only_what_the_key_reaches()
    {
        await using var bench = await BookingBench.StartAsync(DatabaseKind.Sqlite);
        var (elsewhere, secret) = await AccessTests.SecondWorkspaceAsync(bench.Parley);
        using var theirKey = AccessTests.Bearer(bench.Parley, secret);
        var theirs = await ForeignIdTests.ThingsAsync(
            bench,
            elsewhere.WorkspaceId,
            "con_elsewhere",
            theirKey,
            "theirs"
        );
        var ours = await ForeignIdTests.ThingsAsync(
            bench,
            bench.WorkspaceId,
            BookingBench.ConnectionId,
            bench.Api,
            "ours"
        );
        using var keys = await Keys.MakeAsync(bench);
        var member = keys.Of(Role.Member, Scope.Admin, Scope.Admin);
        var (wrong, told) = (new List<string>(), 0);
        var all = await DocumentedOperation.AllAsync(bench.Parley);
        foreach (
            var list in all.Where(one =>
                one.Method == HttpMethod.Get
                && one.Scope is not null
                && !one.Path.Contains('{', StringComparison.Ordinal)
            )
        )
        {
            foreach (
                var (name, key, hidden) in ((string, HttpClient, Things)[])
                    [("a foreigner", theirKey, ours), ("the owner", bench.Api, theirs), ("a member", member, ours)]
            )
            {
                using var reply = await key.GetAsync(list.Path);
                var body = await reply.Content.ReadAsStringAsync();
                var leaked = hidden
                    .Ids!.Values.Where(id => body.Contains($"\"{id}\"", StringComparison.Ordinal))
                    .ToList();
                if (leaked.Count > 0)
                {
                    wrong.Add($"{list} tells {name} of {string.Join(", ", leaked)}");
                }
            }

            told += ours.Ids!.Values.Any((await QueryAsync(bench.Api, list.Path)).Body.Contains) ? 1 : 0;
            // A filter by id must not find more than the id in a path would.
            foreach (var filter in list.Parameters.Select(one => one["name"]!.GetValue<string>()).Where(IsId))
            {
                var id = filter == "pageId" ? "booking-pages" : "connections";
                foreach (var (key, of) in ((HttpClient, Things)[])[(bench.Api, theirs), (member, ours)])
                {
                    var foreign = await QueryAsync(key, $"{list.Path}?{filter}={of.IdOf(id)}");
                    var unknown = await QueryAsync(key, $"{list.Path}?{filter}=xxx_nobody");
                    if (foreign != unknown)
                    {
                        wrong.Add($"{list} by {filter}: {foreign}, not as of an unknown one: {unknown}");
                    }
                }
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong));
        told.ShouldBeGreaterThan(4, "the owner's own lists were empty: nothing was proved");
    }

    private static bool IsId(string name) => name.EndsWith("Id", StringComparison.Ordinal);

    private static (HttpStatusCode Status, string? Code) Expected(
        ForeignIdTests.Operation operation,
        string role,
        string scopes
    ) =>
        scopes != operation.Scope && scopes != Scope.Admin ? (HttpStatusCode.Forbidden, "forbidden")
        : operation.AdministratorsOnly && role == Role.Member ? (HttpStatusCode.Forbidden, "forbidden")
        : (HttpStatusCode.NotFound, null);

    private static async Task<(HttpStatusCode Status, string Code, string Body)> AnswerAsync(
        HttpClient key,
        ForeignIdTests.Operation operation,
        int from,
        Things things,
        Things before
    ) => await ForeignIdTests.SendAsync(key, operation, ForeignIdTests.Path(operation, from, things, before));

    private static async Task<(HttpStatusCode Status, string Body)> QueryAsync(HttpClient key, string path)
    {
        using var reply = await key.GetAsync(path);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    /// <summary>One key per role and choice of scopes, made when first asked for.</summary>
    private sealed class Keys : IDisposable
    {
        private readonly Dictionary<(string Role, string Scopes), HttpClient> _clients = [];

        public static async Task<Keys> MakeAsync(BookingBench bench)
        {
            var keys = new Keys();
            var apiKeys = bench.Parley.Services.GetRequiredService<ApiKeys>();
            var memberships = bench.Parley.Services.GetRequiredService<Memberships>();
            string[] choices = [.. Scope.All, .. Scope.All.Select(scope => "others " + scope), "reading", "none"];
            foreach (var role in Roles)
            {
                var member = memberships.Draft(bench.WorkspaceId, $"{role}@matrix.example", role, role, "UTC", null);
                await bench.Parley.Db.WriteAsync(async session =>
                {
                    await MemberStore.InsertAsync(session, member);
                    return true;
                });
                var caller = new Caller(bench.WorkspaceId, member.Id, role, role, null);
                foreach (var choice in choices)
                {
                    string[] scopes =
                        choice == "reading"
                            ? [.. Scope.All.Where(scope => scope.EndsWith(":read", StringComparison.Ordinal))]
                        : choice.StartsWith("others ", StringComparison.Ordinal)
                            ? [.. Scope.All.Where(scope => scope != choice["others ".Length..] && scope != Scope.Admin)]
                        : choice == "none" ? ["bookings:read"]
                        : [choice];
                    var key = (await apiKeys.CreateAsync(caller, choice, scopes)).Value;
                    if (choice == "none")
                    {
                        await bench.Parley.Db.WriteAsync(session =>
                            session.ExecuteAsync(
                                "UPDATE api_key SET scopes = '' WHERE workspace_id = @WorkspaceId AND id = @Id",
                                new { bench.WorkspaceId, key.Key.Id }
                            )
                        );
                    }

                    keys._clients[(role, choice)] = AccessTests.Bearer(bench.Parley, key.Secret);
                }
            }

            return keys;
        }

        /// <param name="scopes">A scope; <c>others</c>: all but the needed one; <c>reading</c>: all to read, for one that writes; <c>none</c>.</param>
        public HttpClient Of(string role, string scopes, string needed) =>
            _clients[
                (
                    role,
                    scopes == "others" || (scopes == "reading" && !needed.EndsWith(":write", StringComparison.Ordinal))
                        ? "others " + needed
                        : scopes
                )
            ];

        public void Dispose()
        {
            foreach (var client in _clients.Values)
            {
                client.Dispose();
            }
        }
    }
}
