using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>What was acknowledged is there after a restart, however the first run ended.</summary>
public sealed class DurabilityTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sandbox-tests-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        string token;
        long id;
        (string, string) client;
        await using (Twin twin = await Twin.StartAsync(folder))
        {
            client = (twin.Host.ClientId, twin.Host.ClientSecret);
            token = await twin.TokenAsync();
            id = await twin.CreateAsync(token, "Survivor");
            await twin.ControlAsync("settings", """{"refreshPolicy":"rotated"}""");
            await twin.ControlAsync("faults", """{"operation":"meetings.create","kind":"html","times":3}""");
        }

        await using Twin again = await Twin.StartAsync(folder);
        (again.Host.ClientId, again.Host.ClientSecret).ShouldBe(client);
        using HttpResponseMessage reply = await again.G2mAsync(HttpMethod.Get, $"meetings/{id}", token);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await again.ControlAsync("settings"))["refreshPolicy"]!.GetValue<string>().ShouldBe("rotated");
        (await again.ControlAsync("faults"))["items"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_never_told_does_not_keep_the_sandbox_from_starting_again()
    {
        await using (Twin twin = await Twin.StartAsync(folder))
        {
            long id = await twin.CreateAsync(await twin.TokenAsync());
            await twin.ControlAsync($"meetings/{id}/run", """{"attendees":[{"name":"Without an address"}]}""");
            await twin.ControlAsync("faults", """{"operation":"meetings.get","kind":"html"}""");
            await twin.CodeAsync();
        }

        await using Twin again = await Twin.StartAsync(folder);
        JsonNode session = (await again.MeetingsAsync())[0]!["sessions"]!.AsArray().ShouldHaveSingleItem()!;
        session["attendees"]!.AsArray().ShouldContain(one => one!["name"]!.GetValue<string>() == "Without an address");
        (await again.ControlAsync("faults"))["items"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[{\"t\":\"meetings\",\"k\":\"9")]
    public async Task A_kill_loses_nothing_that_was_acknowledged(string torn)
    {
        string killed = Path.Combine(folder, "killed");
        Directory.CreateDirectory(killed);
        await using Twin twin = await Twin.StartAsync(Path.Combine(folder, "running"));
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token, "Acknowledged");

        // What a killed process leaves: the file as it is at this moment, with or without a half-written line.
        string journal = Path.Combine(killed, "sandbox.journal");
        File.Copy(Path.Combine(folder, "running", "sandbox.journal"), journal);
        await File.AppendAllTextAsync(journal, torn);

        await using Twin after = await Twin.StartAsync(killed);
        using (HttpResponseMessage reply = await after.G2mAsync(HttpMethod.Get, $"meetings/{id}", token))
        {
            reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        await after.CreateAsync(token, "Life goes on");
        await after.DisposeAsync();
        await using Twin third = await Twin.StartAsync(killed);
        (await third.MeetingsAsync())
            .Select(item => item!["subject"]!.GetValue<string>())
            .ShouldBe(["Acknowledged", "Life goes on"]);
    }

    [Fact]
    public async Task A_folder_is_open_once_and_a_damaged_journal_is_named_and_does_not_lock_it()
    {
        Twin first = await Twin.StartAsync(folder);
        await Should.ThrowAsync<IOException>(() => Twin.StartAsync(folder));
        await first.DisposeAsync();

        string journal = Path.Combine(folder, "sandbox.journal");
        string good = await File.ReadAllTextAsync(journal);
        await File.WriteAllTextAsync(journal, "not json\n" + good);
        InvalidDataException damaged = await Should.ThrowAsync<InvalidDataException>(() => Twin.StartAsync(folder));
        damaged.Message.ShouldContain("sandbox.journal");
        await File.WriteAllTextAsync(journal, good);
        await using Twin repaired = await Twin.StartAsync(folder);
        (await repaired.ControlAsync("accounts"))["items"]!.AsArray().Count.ShouldBe(9);
    }

    [Fact]
    public async Task The_journal_is_for_its_owner_and_holds_no_token()
    {
        await using Twin twin = await Twin.StartAsync(folder);
        string token = await twin.TokenAsync();
        string journal = Path.Combine(folder, "sandbox.journal");
        string kept = await File.ReadAllTextAsync(journal);
        kept.ShouldContain(Twin.Olivia);
        kept.ShouldNotContain(token);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(journal).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
