using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Server.Web;

namespace Parley.Server.Tests.WebShell;

public sealed class StreamedPageTests
{
    [Fact]
    public async Task The_shell_is_read_before_the_rest_is_known_and_a_rest_that_fails_is_said_in_its_place()
    {
        var known = new TaskCompletionSource();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRazorComponents();
        await using var app = builder.Build();
        app.MapGet(
            "/good",
            (HttpContext context) =>
                Pages.Stream<Shell, Rest>(
                    context,
                    new { Title = "Begun" },
                    async () =>
                    {
                        await known.Task;
                        return new { Text = "<known>" };
                    }
                )
        );
        app.MapGet(
            "/bad",
            (HttpContext context) =>
                Pages.Stream<Shell, Rest>(
                    context,
                    new { Title = "Begun" },
                    () => throw new InvalidOperationException("canary")
                )
        );
        await app.StartAsync();
        using var client = new HttpClient
        {
            BaseAddress = new Uri(
                app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
            ),
        };

        using var reply = await client.GetAsync("/good", HttpCompletionOption.ResponseHeadersRead);
        reply.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        reply.Headers.CacheControl!.NoStore.ShouldBeTrue();
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        var first = new char[6];
        await reader.ReadBlockAsync(first);
        new string(first).ShouldBe("Begun[");
        known.SetResult();
        (await reader.ReadToEndAsync()).ShouldBe("GET /good: &lt;known&gt;]");

        using var bad = await client.GetAsync("/bad", HttpCompletionOption.ResponseHeadersRead);
        using var told = new StreamReader(await bad.Content.ReadAsStreamAsync());
        var text = new System.Text.StringBuilder();
        await Should.ThrowAsync<IOException>(async () =>
        {
            var next = new char[1];
            while (await told.ReadBlockAsync(next) > 0)
            {
                text.Append(next);
            }
        });
        text.ToString().ShouldStartWith("Begun[");
        text.ToString().ShouldContain("Reload the page");
        text.ToString().ShouldNotContain("canary");
    }

    private sealed class Shell : ComponentBase
    {
        [Parameter]
        public required string Title { get; set; }

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.AddContent(0, Title + "[");
            builder.AddContent(1, StreamedPage.Slot);
            builder.AddContent(2, "]");
        }
    }

    private sealed class Rest : ComponentBase
    {
        [Parameter]
        public required string Text { get; set; }

        [CascadingParameter]
        public required HttpContext Context { get; set; }

        protected override void BuildRenderTree(RenderTreeBuilder builder) =>
            builder.AddContent(0, $"{Context.Request.Method} {Context.Request.Path}: {Text}");
    }
}
