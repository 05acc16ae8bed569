using NodaTime;

namespace Parley.Sandbox.State;

/// <summary>Takes away what nobody can use any more, so that a sandbox that runs for weeks does not grow by its tokens.</summary>
internal static class Expiry
{
    /// <summary>Longer than the longest <c>applyLate</c>: a late call is judged by the token it came with.</summary>
    private static readonly Duration Grace = Duration.FromHours(25);

    public static void Sweep(World state)
    {
        Instant before = state.Now - Grace;
        state.Tokens.RemoveWhere(token => token.ExpiresAt <= before);
        state.Codes.RemoveWhere(code => code.ExpiresAt <= before);
        state.SignIns.RemoveWhere(signIn => signIn.ExpiresAt <= before);
        state.HostKeys.RemoveWhere(key => key.ExpiresAt <= before);
    }
}
