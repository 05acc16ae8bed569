using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Access;

public sealed partial class MemberTests
{
    private const string Password = "nine words in a row";

    [Theory, DatabaseMatrix]
    public async Task An_invitation_link_is_shown_once_and_used_once(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        using var owner = new FormBrowser(parley);
        await owner.SignInAsync();

        var link = await InviteAsync(owner, "admin");
        (await owner.ReadAsync("/members")).ShouldNotContain(link);
        using var invited = new FormBrowser(parley);
        (await JoinAsync(invited, link, "ada@example.org")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);

        (await invited.ReadAsync("/members")).ShouldContain("ada@example.org");
        (await parley.Client.GetAsync(link)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_invitation_ends_after_a_week_or_when_withdrawn()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        using var owner = new FormBrowser(parley);
        await owner.SignInAsync();
        var withdrawn = await InviteAsync(owner, "member");
        (await parley.Client.GetAsync(withdrawn)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var id = InvitationId().Match(await owner.ReadAsync("/members")).Groups["id"].Value;
        await owner.SubmitAsync("/members", $"/members/invitations/{id}/withdraw");
        (await parley.Client.GetAsync(withdrawn)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        var old = await InviteAsync(owner, "member");
        (await parley.Client.GetAsync(old)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await parley.AdvanceAsync(Duration.FromDays(8));
        (await parley.Client.GetAsync(old)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task A_workspace_keeps_its_last_owner(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        using var owner = new FormBrowser(parley);
        await owner.SignInAsync();
        var id = await MemberIdAsync(parley, TestServer.OwnerEmail);

        (await owner.SubmitAsync("/members", $"/members/{id}/deactivate")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await owner.SubmitAsync("/members", $"/members/{id}/role", ("role", "member"))).StatusCode.ShouldBe(
            HttpStatusCode.Conflict
        );

        using var second = new FormBrowser(parley);
        await JoinAsync(second, await InviteAsync(owner, "owner"), "ada@example.org");
        (await owner.SubmitAsync("/members", $"/members/{id}/role", ("role", "member"))).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );
        // The new role counts at once, without signing in again.
        (await owner.GetAsync("/members")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory, DatabaseMatrix]
    public async Task Two_owners_who_step_down_at_once_leave_one(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        using var owner = new FormBrowser(parley);
        await owner.SignInAsync();
        using var second = new FormBrowser(parley);
        await JoinAsync(second, await InviteAsync(owner, "owner"), "ada@example.org");
        var memberships = parley.Services.GetRequiredService<Memberships>();
        var workspaceId = await parley.WorkspaceIdAsync();
        var ids = new[]
        {
            await MemberIdAsync(parley, TestServer.OwnerEmail),
            await MemberIdAsync(parley, "ada@example.org"),
        };

        var answers = await Task.WhenAll(
            ids.Select(id =>
                memberships.ChangeRoleAsync(new Caller(workspaceId, id, Role.Owner, "", null), id, Role.Member)
            )
        );

        answers.Count(answer => answer.Succeeded).ShouldBe(1);
    }

    [Fact]
    public async Task Admins_leave_owners_alone_and_members_do_not_manage()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        using var owner = new FormBrowser(parley);
        await owner.SignInAsync();
        using var admin = new FormBrowser(parley);
        await JoinAsync(admin, await InviteAsync(owner, "admin"), "admin@example.org");
        using var member = new FormBrowser(parley);
        await JoinAsync(member, await InviteAsync(admin, "member"), "member@example.org");
        var ownerId = await MemberIdAsync(parley, TestServer.OwnerEmail);
        var memberId = await MemberIdAsync(parley, "member@example.org");

        (await admin.SubmitAsync("/members", $"/members/{ownerId}/deactivate")).StatusCode.ShouldBe(
            HttpStatusCode.Forbidden
        );
        (await admin.SubmitAsync("/members", $"/members/{memberId}/role", ("role", "owner"))).StatusCode.ShouldBe(
            HttpStatusCode.Forbidden
        );
        (await member.GetAsync("/members")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await member.GetAsync("/api-keys")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await admin.SubmitAsync("/members", $"/members/{memberId}/deactivate")).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );
        (await member.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await member.SignInAsync("member@example.org", Password)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private static async Task<string> InviteAsync(FormBrowser browser, string role)
    {
        var reply = await browser.SubmitAsync("/members", "/members/invitations", ("role", role), ("note", "Somebody"));
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        return InviteLink().Match(await reply.Content.ReadAsStringAsync()).Value;
    }

    private static Task<HttpResponseMessage> JoinAsync(FormBrowser browser, string link, string email) =>
        browser.SubmitAsync(
            link,
            link,
            ("email", email),
            ("name", "Somebody"),
            ("password", Password),
            ("timeZone", "Europe/Berlin")
        );

    private static Task<string> MemberIdAsync(TestServer parley, string email) =>
        parley.Db.ReadAsync(session =>
            session.FirstAsync<string>(
                "SELECT id FROM member WHERE email = @email /* all workspaces: test */",
                new { email }
            )
        );

    [GeneratedRegex("/invite/[A-Za-z0-9_-]{20,}", RegexOptions.NonBacktracking)]
    private static partial Regex InviteLink();

    [GeneratedRegex("/members/invitations/(?<id>[a-z0-9_]+)/withdraw", RegexOptions.NonBacktracking)]
    private static partial Regex InvitationId();
}
