using System.Collections.Frozen;
using NodaTime;
using NodaTime.TimeZones;

namespace Parley.Conferencing.Zoom;

/// <summary>
/// The zones Zoom takes: a list of its own, older names among them (developers.zoom.us, "abbreviation lists", and Asia/Manila, which it
/// takes without listing it). A meeting in any other zone is sent in UTC and without zone.
/// </summary>
internal static class ZoomZones
{
    private static readonly FrozenSet<string> Known = (
        "Africa/Algiers Africa/Bangui Africa/Cairo Africa/Casablanca Africa/Djibouti Africa/Harare Africa/Johannesburg "
        + "Africa/Khartoum Africa/Mogadishu Africa/Nairobi Africa/Nouakchott Africa/Tripoli Africa/Tunis America/Anchorage "
        + "America/Araguaina America/Argentina/Buenos_Aires America/Bogota America/Caracas America/Chicago America/Costa_Rica "
        + "America/Denver America/Edmonton America/El_Salvador America/Godthab America/Guatemala America/Halifax "
        + "America/Indianapolis America/Lima America/Los_Angeles America/Managua America/Mazatlan America/Mexico_City "
        + "America/Montevideo America/Montreal America/New_York America/Panama America/Phoenix America/Puerto_Rico "
        + "America/Regina America/Santiago America/Sao_Paulo America/St_Johns America/Tegucigalpa America/Tijuana "
        + "America/Vancouver America/Winnipeg Asia/Aden Asia/Almaty Asia/Amman Asia/Baghdad Asia/Bahrain Asia/Baku Asia/Bangkok "
        + "Asia/Beirut Asia/Calcutta Asia/Dacca Asia/Damascus Asia/Dhaka Asia/Dubai Asia/Hong_Kong Asia/Irkutsk Asia/Jakarta "
        + "Asia/Jerusalem Asia/Kabul Asia/Kamchatka Asia/Kathmandu Asia/Kolkata Asia/Krasnoyarsk Asia/Kuala_Lumpur Asia/Kuwait "
        + "Asia/Magadan Asia/Manila Asia/Muscat Asia/Nicosia Asia/Novosibirsk Asia/Qatar Asia/Riyadh Asia/Saigon Asia/Seoul "
        + "Asia/Shanghai Asia/Singapore Asia/Taipei Asia/Tashkent Asia/Tehran Asia/Tokyo Asia/Vladivostok Asia/Yakutsk "
        + "Asia/Yekaterinburg Atlantic/Azores Atlantic/Cape_Verde Atlantic/Reykjavik Australia/Adelaide Australia/Brisbane "
        + "Australia/Darwin Australia/Hobart Australia/Perth Australia/Sydney Canada/Atlantic Europe/Amsterdam Europe/Athens "
        + "Europe/Belgrade Europe/Berlin Europe/Brussels Europe/Bucharest Europe/Budapest Europe/Copenhagen Europe/Dublin "
        + "Europe/Helsinki Europe/Istanbul Europe/Kiev Europe/Lisbon Europe/London Europe/Luxembourg Europe/Madrid Europe/Moscow "
        + "Europe/Oslo Europe/Paris Europe/Prague Europe/Rome Europe/Sofia Europe/Stockholm Europe/Vienna Europe/Warsaw "
        + "Europe/Zurich Pacific/Apia Pacific/Auckland Pacific/Fiji Pacific/Honolulu Pacific/Midway Pacific/Noumea "
        + "Pacific/Pago_Pago Pacific/Port_Moresby UTC"
    )
        .Split(' ')
        .ToFrozenSet(StringComparer.Ordinal);

    // Europe/Kyiv is Europe/Kiev to Zoom, Asia/Ho_Chi_Minh Asia/Saigon: the same zone under another name.
    private static readonly FrozenDictionary<string, string> ByCanonicalName = Known
        .Where(id => TzdbDateTimeZoneSource.Default.CanonicalIdMap.ContainsKey(id))
        .GroupBy(id => TzdbDateTimeZoneSource.Default.CanonicalIdMap[id], StringComparer.Ordinal)
        .ToFrozenDictionary(same => same.Key, same => same.Min(StringComparer.Ordinal)!, StringComparer.Ordinal);

    /// <summary>Zoom's name of an IANA zone; null when it has none.</summary>
    public static string? Find(string zone) =>
        Known.Contains(zone) ? zone
        : TzdbDateTimeZoneSource.Default.CanonicalIdMap.TryGetValue(zone, out var canonical)
            ? ByCanonicalName.GetValueOrDefault(canonical)
        : null;

    /// <summary>An IANA zone out of what Zoom wrote; null when it is none.</summary>
    public static string? Read(string? zone) =>
        zone is not null && DateTimeZoneProviders.Tzdb.Ids.Contains(zone) ? zone : null;
}
