using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.Control;

/// <summary>The <c>provider</c> field of control calls; left out it means the GoTo twin.</summary>
internal static class ProviderField
{
    public const string GoTo = WireProvider.GoTo;
    public const string Zoom = WireProvider.Zoom;

    public static string Read(ControlBody body) => body.Text("provider", oneOf: WireProvider.All) ?? GoTo;

    /// <summary>For calls that only the GoTo twin answers.</summary>
    public static void ReadGoTo(ControlBody body)
    {
        if (Read(body) != GoTo)
        {
            body.Refuse("provider", "not_supported: only gotomeeting can do this");
        }
    }
}

/// <summary>Finds personas.</summary>
internal static class People
{
    public static Person? ByEmail(World state, string email) =>
        state.People.All.FirstOrDefault(person => person.Email.Equals(email, StringComparison.OrdinalIgnoreCase));
}
