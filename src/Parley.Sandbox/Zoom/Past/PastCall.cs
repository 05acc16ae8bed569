using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Past;

/// <summary>Finds the run that a call about the past means (reference §3).</summary>
internal static class PastCall
{
    /// <summary>Older ones are refused with 12702.</summary>
    private const int Days = 365;

    /// <summary>The id or uuid of the path, however often it was encoded.</summary>
    public static string Asked(ZoomRequest request) => Identifiers.Decoded(request.Route("meetingId"));

    public static bool TryRun(
        ZoomRequest request,
        [NotNullWhen(true)] out HeldRun? held,
        [NotNullWhen(false)] out IResult? refusal
    )
    {
        string asked = Asked(request);
        refusal = null;
        held = PastRuns.Find(request.State, asked);
        if (held is null || !request.Reaches(held.Host))
        {
            refusal = ZoomErrors.MeetingUnknown(asked);
        }
        else if (!Paid(request, held.Host))
        {
            refusal = NotPaid(held.Host);
        }
        else if (held.EndedAt < request.State.Now - Duration.FromDays(Days))
        {
            refusal = ZoomErrors.Of(StatusCodes.Status400BadRequest, 12702, "Cannot access a meeting a year ago.");
        }

        return refusal is null;
    }

    /// <summary>Past meetings are there for licensed hosts of paid accounts.</summary>
    public static bool Paid(ZoomRequest request, ZoomUser host) =>
        host.Licensed && request.Zoom.AccountOf(host).Plan != "free";

    public static IResult NotPaid(ZoomUser host) =>
        ZoomErrors.NotEntitled($"Only available for paid account: {host.AccountId}.");
}
