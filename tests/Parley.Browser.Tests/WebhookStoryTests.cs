using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>
/// An administrator without script sets up a webhook and changes its secret; what arrives is judged by somebody else's implementation of
/// Standard Webhooks.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class WebhookStoryTests(Chromium chromium)
{
    [Fact]
    public async Task Another_implementation_takes_our_signatures_with_either_secret_during_a_change_and_nothing_tampered()
    {
        await using var receiver = await NodeReceiver.StartAsync();
        await using var demo = await Demo.StartAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["Webhooks__AllowedNetworks"] = "127.0.0.0/8" }
        );
        await using var owner = await chromium.VisitAsync(new Visit { Script = false });
        await new OrganizerRoom(owner, demo).SignInAsync();
        await owner.OpenWorkspaceMenuAsync();
        await owner.Link("Webhooks").ClickAsync();
        await owner.Link("Add endpoint").ClickAsync();
        await owner.Field("URL").FillAsync(receiver.Url);
        await owner.Field("Description").FillAsync("CRM");
        await owner.Button("Add endpoint").ClickAsync();
        var first = await SecretAsync(owner);
        await TestAsync(owner);
        (await receiver.VerdictsAsync(first)).ShouldBe([new HookVerdict("webhook.test", true, false)]);

        // Both sign: a receiver that has either takes it. The one before was signed by the first alone.
        var second = await RotateAsync(owner, "24 hours");
        await TestAsync(owner);
        (await receiver.VerdictsAsync(first)).Select(call => call.Fits).ShouldBe([true, true]);
        (await receiver.VerdictsAsync(second)).Select(call => call.Fits).ShouldBe([false, true]);

        // Without an overlap the new one signs alone.
        var third = await RotateAsync(owner, "Not at all: the present one may be in the wrong hands");
        await TestAsync(owner);
        (await receiver.VerdictsAsync(second)).Select(call => call.Fits).ShouldBe([false, true, false]);
        (await receiver.VerdictsAsync(third)).Select(call => call.Fits).ShouldBe([false, false, true]);
        foreach (var secret in (string[])[first, second, third])
        {
            (await receiver.VerdictsAsync(secret)).ShouldAllBe(call => !call.FitsTampered);
        }

        owner.Complaints.ShouldBeEmpty();
    }

    private static async Task<string> SecretAsync(Visitor owner)
    {
        await owner.SeesAsync("Copy the secret now.");
        return await owner.Field("Signing secret").InputValueAsync();
    }

    private static async Task TestAsync(Visitor owner)
    {
        await owner.Button("Send a test").ClickAsync();
        await owner.SeesAsync("The test passed");
    }

    private static async Task<string> RotateAsync(Visitor owner, string overlap)
    {
        await owner.Link("New secret").ClickAsync();
        await owner.Field("The present secret signs as well for").SelectOptionAsync(overlap);
        await owner.Button("Make a new secret").ClickAsync();
        return await SecretAsync(owner);
    }
}
