namespace Parley.Server.Provisioning;

/// <summary>States of an effect. PLANNED → SENDING → APPLIED | REJECTED | BLOCKED | UNKNOWN; UNKNOWN → RECONCILING → APPLIED | PLANNED.</summary>
public static class EffectState
{
    public const string Planned = "PLANNED";
    public const string Sending = "SENDING";
    public const string Applied = "APPLIED";
    public const string Rejected = "REJECTED";

    /// <summary>The connection stands in the way; resumed when it heals.</summary>
    public const string Blocked = "BLOCKED";

    /// <summary>Nobody knows whether it was applied: never blindly sent again.</summary>
    public const string Unknown = "UNKNOWN";
    public const string Reconciling = "RECONCILING";

    /// <summary>A newer version took over, or it was cancelled before it was sent.</summary>
    public const string Superseded = "SUPERSEDED";

    /// <summary>The meeting's end passed while nothing could be done.</summary>
    public const string Expired = "EXPIRED";

    public static bool IsFinal(string state) => state is Applied or Rejected or Superseded or Expired;
}

public static class EffectKind
{
    /// <summary>Make the provider agree with an arrangement's latest version.</summary>
    public const string Meeting = "meeting";

    /// <summary>Look again, late, for what a lost call may still have done.</summary>
    public const string Sweep = "sweep";
    public const string Mail = "mail";
}

/// <summary>What made a sweep look.</summary>
public static class SweepOperation
{
    /// <summary>A call of unknown outcome.</summary>
    public const string AfterUnknown = "sweep";

    /// <summary>A listing that did not fit the ledger.</summary>
    public const string Radar = "radar";
}
