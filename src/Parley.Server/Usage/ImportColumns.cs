using System.Globalization;
using System.Text;

namespace Parley.Server.Usage;

/// <summary>
/// Finds the columns of an activity report by their headings. How the vendor words them in each language is not published: these are
/// the usual words, compared without case, accents and punctuation; whoever has others names the column.
/// </summary>
internal static class ImportColumns
{
    private static readonly string[] Email = Plain(
        "e-mail; email; mail; email address; e-mail address; user email; organizer email; organiser email; "
            + "e-mail-adresse; e-mail des organisators; adresse e-mail; courriel; adresse de courriel; e-mail de l'organisateur; "
            + "correo electrónico; correo; dirección de correo electrónico; correo del organizador; "
            + "indirizzo e-mail; indirizzo email; posta elettronica; e-mail organizzatore; "
            + "e-mail do organizador; endereço de e-mail; "
            + "メールアドレス; メール; 電子メール; eメール; 主催者のメールアドレス; "
            + "이메일; 이메일 주소; 전자 메일; 주최자 이메일; "
            + "电子邮件; 电子邮箱; 电子邮件地址; 邮箱; 组织者电子邮件"
    );

    private static readonly string[] LastMeeting = Plain(
        "last meeting; last meeting date; date of last meeting; last active; last activity; last session; last used; "
            + "letztes meeting; letzte besprechung; letzte sitzung; datum des letzten meetings; letztes meeting am; zuletzt aktiv; letzte aktivität; "
            + "dernière réunion; date de la dernière réunion; dernière activité; dernière session; "
            + "última reunión; fecha de la última reunión; última actividad; última sesión; "
            + "ultima riunione; ultimo meeting; data dell'ultima riunione; data ultima riunione; ultima attività; ultima sessione; "
            + "última reunião; data da última reunião; último encontro; última atividade; "
            + "最終ミーティング; 最後のミーティング; 前回のミーティング; 最終ミーティング日; 最終会議日; 最終アクティビティ; "
            + "마지막 회의; 마지막 미팅; 최근 회의; 마지막 회의 날짜; 마지막 활동; "
            + "上次会议; 最后一次会议; 最近会议; 上次会议日期; 最后活动"
    );

    /// <returns>The places of all columns called so: none, one, or several, of which nobody can tell which is meant.</returns>
    public static List<int> FindEmail(IReadOnlyList<string> header) => Find(header, Email);

    /// <inheritdoc cref="FindEmail"/>
    public static List<int> FindLastMeeting(IReadOnlyList<string> header) => Find(header, LastMeeting);

    /// <summary>The columns called so, as a person named it.</summary>
    public static List<int> Find(IReadOnlyList<string> header, string wanted) => Find(header, [Plain1(wanted)]);

    private static List<int> Find(IReadOnlyList<string> header, string[] words) =>
        [
            .. Enumerable
                .Range(0, header.Count)
                .Where(index => words.Contains(Plain1(header[index]), StringComparer.Ordinal)),
        ];

    private static string[] Plain(string words) => [.. words.Split("; ").Select(Plain1)];

    private static string Plain1(string text)
    {
        var plain = new StringBuilder();
        foreach (var character in text.Trim().ToLowerInvariant().Normalize(NormalizationForm.FormD))
        {
            // Accents only: the marks of Japanese and Korean syllables are part of their letters.
            var isAccent =
                CharUnicodeInfo.GetUnicodeCategory(character) == UnicodeCategory.NonSpacingMark && character < '\u0370';
            if (char.IsLetterOrDigit(character) || (!isAccent && character > '\u0370'))
            {
                plain.Append(character);
            }
        }

        return plain.ToString();
    }
}
