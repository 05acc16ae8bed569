using System.Net;
using System.Net.Sockets;
using NodaTime;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Tests.Webhooks;

/// <summary>Where nothing is delivered to, and why: at the moment the URL is set, and again at the moment of connecting.</summary>
public sealed class WebhookTargetTests
{
    private static readonly WebhookTarget Public = new([]);
    private static readonly WebhookTarget OwnMachine = new([IPNetwork.Parse("127.0.0.1/32")]);

    [Theory]
    [InlineData("https://hooks.example.org/parley")]
    [InlineData("https://hooks.example.org:8443/parley?tenant=7")]
    [InlineData("https://8.8.8.8/hook")]
    [InlineData("https://[2606:4700::1111]/hook")]
    public void An_address_of_the_public_internet_is_taken(string url) => Public.Objection(url).ShouldBeNull();

    [Theory]
    [InlineData("https://127.0.0.1/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://127.8.9.10/", "leads to this machine itself")]
    [InlineData("https://[::1]/", "leads to this machine itself (::1)")]
    [InlineData("https://0.0.0.0/", "leads to this machine itself")]
    [InlineData("https://[::]/", "leads to this machine itself")]
    [InlineData("https://[::ffff:127.0.0.1]/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://[::ffff:7f00:1]/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://[64:ff9b::7f00:1]/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://[2002:7f00:1::]/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://[::127.0.0.1]/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://2130706433/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://0x7f000001/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://0x7f.0.0.1/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://017700000001/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://0177.0.0.1/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://127.1/", "leads to this machine itself (127.0.0.1)")]
    [InlineData("https://10.1.2.3/", "leads to a private network (10.1.2.3)")]
    [InlineData("https://172.31.255.255/", "leads to a private network")]
    [InlineData("https://192.168.1.1/", "leads to a private network")]
    [InlineData("https://100.64.0.1/", "leads to a private network")]
    [InlineData("https://[fd00::8]/", "leads to a private network")]
    [InlineData("https://169.254.1.1/", "leads to a link-local address")]
    [InlineData("https://[fe80::1]/", "leads to a link-local address")]
    [InlineData("https://192.0.2.1/", "leads to a reserved address")]
    [InlineData("https://255.255.255.255/", "leads to many receivers at once")]
    [InlineData("https://239.0.0.1/", "leads to many receivers at once")]
    [InlineData("https://169.254.169.254/latest/meta-data", "hands out its machines' credentials")]
    [InlineData("https://[::ffff:169.254.169.254]/", "hands out its machines' credentials")]
    [InlineData("https://2852039166/", "hands out its machines' credentials")]
    [InlineData("https://[fd00:ec2::254]/", "hands out its machines' credentials")]
    [InlineData("https://168.63.129.16/", "hands out its machines' credentials")]
    [InlineData("https://localhost/", "names a host of some inner network")]
    [InlineData("https://crm.localhost/", "names a host of some inner network")]
    [InlineData("https://intranet/", "names a host of some inner network")]
    [InlineData("https://printer.local/", "names a host of some inner network")]
    [InlineData("https://metadata.google.internal/", "names a host of some inner network")]
    [InlineData("https://example.org./", "must not end its host name with a dot")]
    [InlineData("https://127.0.0.1./", "must not end its host name with a dot")]
    [InlineData("https://user:secret@example.org/", "must not carry a user name or password")]
    [InlineData("https://example.org@127.0.0.1/", "must not carry a user name or password")]
    [InlineData("https://example.org/#top", "must not carry a fragment")]
    [InlineData("https://example.org:22/", "must use port 443 or one from 1024 on")]
    [InlineData("https://example.org:25/", "must use port 443 or one from 1024 on")]
    [InlineData("http://example.org/hook", "must be https")]
    [InlineData("http://8.8.8.8/hook", "must be https")]
    [InlineData("ftp://example.org/", "must be an absolute https address, such as")]
    [InlineData("gopher://example.org/", "must be an absolute https address, such as")]
    [InlineData("file:///etc/passwd", "must be an absolute https address, such as")]
    [InlineData("javascript:alert(1)", "must be an absolute https address, such as")]
    [InlineData("example.org", "must be an absolute https address, such as")]
    [InlineData("https://", "must be an absolute https address, such as")]
    [InlineData("", "must be an absolute https address, such as")]
    [InlineData("https://exa mple.org/", "in ASCII, without blanks")]
    [InlineData("https://example.org/\nhost:", "in ASCII, without blanks")]
    [InlineData("https:\\\\example.org/", "in ASCII, without blanks")]
    [InlineData("https://１２７.0.0.1/", "in ASCII, without blanks")]
    public void What_is_not_is_refused_with_its_reason(string url, string reason) =>
        Public.Objection(url).ShouldNotBeNull(url).ShouldContain(reason);

    [Fact]
    public void An_operator_may_allow_a_network_and_plain_http_in_it_but_never_where_credentials_are_handed_out()
    {
        var lan = new WebhookTarget([IPNetwork.Parse("10.1.0.0/16"), IPNetwork.Parse("169.254.0.0/16")]);
        lan.Objection("http://10.1.2.3:80/hook").ShouldBeNull();
        lan.Objection("https://10.2.0.1/hook").ShouldNotBeNull().ShouldContain("a private network (10.2.0.1)");
        lan.Objection("https://169.254.169.254/").ShouldNotBeNull().ShouldContain("nothing is ever delivered there");
        // A name is judged by what it leads to, then.
        lan.Objection("http://crm.intranet.example/hook").ShouldBeNull();

        var all = new WebhookTarget([IPNetwork.Parse("0.0.0.0/0"), IPNetwork.Parse("::/0")]);
        all.Objection(IPAddress.Parse("192.168.0.1")).ShouldBeNull();
        foreach (
            var address in (string[])
                [
                    "169.254.169.254",
                    "169.254.170.2",
                    "100.100.100.200",
                    "192.0.0.192",
                    "168.63.129.16",
                    "::ffff:169.254.169.254",
                    "64:ff9b::a9fe:a9fe",
                    "2002:a9fe:a9fe::",
                    "fd00:ec2::254",
                    "fd20:ce::254",
                ]
        )
        {
            all.Objection(IPAddress.Parse(address)).ShouldNotBeNull(address);
        }
    }

    [Fact]
    public async Task A_name_is_judged_by_what_it_leads_to_at_the_moment_of_connecting()
    {
        await using var receiver = await HookReceiver.StartAsync();
        var leadsTo = new Queue<string[]>([
            ["127.0.0.1"],
            ["127.0.0.2"],
            ["127.0.0.1", "10.0.0.9"],
            [],
        ]);
        var url = $"http://rebinding.example:{new Uri(receiver.Url).Port}/hook";
        OwnMachine.Objection(url).ShouldBeNull();

        (await SentAsync()).Status.ShouldBe(204);
        // The same name a moment later: nothing is sent, and what is inside is not named.
        var inside = await SentAsync();
        inside.Status.ShouldBeNull();
        inside.Error.ShouldNotBeNull().ShouldStartWith("the host leads to this machine itself");
        inside.Error.ShouldNotContain("127.0.0.2");
        (await SentAsync()).Error.ShouldNotBeNull().ShouldStartWith("the host leads to a private network");
        (await SentAsync()).Error.ShouldBe("the host name leads nowhere");
        receiver.Calls.Count.ShouldBe(1);

        // A connection of its own each time, as after a minute's pause.
        async Task<WebhookAnswer> SentAsync()
        {
            using var post = Posting(leadsTo.Dequeue());
            return await SendAsync(post, url);
        }
    }

    [Fact]
    public async Task Outside_of_an_operators_networks_it_is_https_to_a_usual_port_whatever_the_url_was_taken_for()
    {
        using var post = Posting(["192.88.0.1"]);
        (await SendAsync(post, "http://example.org/hook")).Error.ShouldNotBeNull().ShouldContain("must be https");
        (await SendAsync(post, "https://example.org:22/hook"))
            .Error.ShouldNotBeNull()
            .ShouldContain("the port must be");
    }

    [Fact]
    public async Task A_redirect_is_an_answer_and_is_not_followed()
    {
        await using var receiver = await HookReceiver.StartAsync();
        receiver.Answer = _ => 302;
        using var post = Posting(["127.0.0.1"]);
        (await SendAsync(post, receiver.Url)).ShouldSatisfyAllConditions(
            answer => answer.Status.ShouldBe(302),
            answer => answer.IsTaken.ShouldBeFalse()
        );
        receiver.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_not_used()
    {
        await using var receiver = await HookReceiver.StartAsync();
        var trap = new ProxyTrap("proxied.example");
        var usual = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = trap;
        try
        {
            var url = $"http://proxied.example:{new Uri(receiver.Url).Port}/hook";
            using var ordinary = new HttpClient();
            await Should.ThrowAsync<HttpRequestException>(() => ordinary.GetAsync(url));
            trap.Asked.ShouldBe(1);

            using var post = Posting(["127.0.0.1"]);
            (await SendAsync(post, url)).Status.ShouldBe(204);
            trap.Asked.ShouldBe(1);
        }
        finally
        {
            HttpClient.DefaultProxy = usual;
        }
    }

    private static WebhookPost Posting(string[] leadsTo) =>
        new(OwnMachine, TimeProvider.System, (_, _) => Task.FromResult(leadsTo.Select(IPAddress.Parse).ToArray()));

    private static Task<WebhookAnswer> SendAsync(WebhookPost post, string url) =>
        post.SendAsync(url, "msg_1", Instant.FromUnixTimeSeconds(1), "v1,x", "{}", CancellationToken.None);

    /// <summary>As <c>HTTP_PROXY</c> would set it, for one host alone: other tests run beside this one.</summary>
    private sealed class ProxyTrap(string host) : IWebProxy
    {
        private int _asked;

        public int Asked => _asked;
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination)
        {
            Interlocked.Increment(ref _asked);
            // The discard port: nobody listens.
            return new Uri("http://127.0.0.1:9");
        }

        public bool IsBypassed(Uri destination) => destination.Host != host;
    }
}
