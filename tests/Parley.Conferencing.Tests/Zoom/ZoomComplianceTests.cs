using NodaTime;

namespace Parley.Conferencing.Tests.Zoom;

/// <summary>The adapter against the Zoom twin as it answers by default.</summary>
public sealed class ZoomComplianceTests : ProviderComplianceSuite
{
    protected override async Task<IProviderBench> StartBenchAsync() => await ZoomBench.StartAsync();
}

/// <summary>The same where the sources leave Zoom another choice.</summary>
public sealed class ZoomOtherwiseComplianceTests : ProviderComplianceSuite
{
    protected override async Task<IProviderBench> StartBenchAsync() =>
        await ZoomBench.StartAsync(
            """{"provider":"zoom","expiryStatus":400,"rotation":"grace:60","oauthErrorCodes":false,"apiUrl":"absent","perSecondCode":4001,"rateLimitHeaders":"full","uuids":"slashes"}"""
        );
}

/// <summary>Records and directory, the twin as it answers by default.</summary>
public class ZoomRecordsComplianceTests : RecordsComplianceSuite
{
    protected override Instant Monday => Instant.FromUtc(2026, 11, 2, 9, 0);
    protected override Instant Planned => Monday;
    protected override (Instant From, Instant To) LongTime =>
        (Instant.FromUtc(2026, 10, 25, 0, 0), Instant.FromUtc(2026, 11, 20, 0, 0));
    protected override bool TellsGuestAddresses => false;
    protected override bool ListsDevices => false;
    protected override bool ListsEndedLicences => false;

    protected override async Task<IProviderBench> StartBenchAsync() => await ZoomBench.StartAsync();
}

/// <summary>The same where the sources leave Zoom another choice.</summary>
public sealed class ZoomRecordsOtherwiseComplianceTests : ZoomRecordsComplianceTests
{
    protected override async Task<IProviderBench> StartBenchAsync() =>
        await ZoomBench.StartAsync(
            """{"provider":"zoom","expiryStatus":400,"planUsage":"403","uuids":"slashes","rateLimitHeaders":"none"}"""
        );
}
