using Parley.Sandbox.State;

namespace Parley.Sandbox.Control;

/// <summary>The <c>provider</c> field of control calls. Only the GoTo twin is built; left out it means that one.</summary>
internal static class ProviderField
{
    public const string GoTo = "gotomeeting";

    public static string Read(ControlBody body)
    {
        string provider = body.Text("provider") ?? GoTo;
        if (provider != GoTo)
        {
            body.Refuse("provider", "not_supported: only gotomeeting has a twin so far");
        }

        return provider;
    }
}

/// <summary>Finds personas.</summary>
internal static class People
{
    public static Person? ByEmail(World state, string email) =>
        state.People.All.FirstOrDefault(person => person.Email.Equals(email, StringComparison.OrdinalIgnoreCase));
}
