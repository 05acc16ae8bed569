namespace Parley.Sandbox;

/// <summary>Where the sandbox is, known once it listens.</summary>
internal sealed class SandboxAddress
{
    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    public string BaseUrl { get; set; } = "";

    public int SmtpPort { get; set; }
}
