using System.Security.Cryptography;
using System.Text;

namespace DynamicRcnn.Report;

/// <summary>
/// The page: one text with everything inside. Its policy lets run the one script and apply the one style that it was made with, by their
/// hashes, and load pictures that are inside; a report may reach nothing, the live view nothing but where it came from.
/// </summary>
internal static class ReportPage
{
    /// <summary>A report that is a file.</summary>
    internal static string Of(ReportJson content) => Fill(content, connections: "'none'", live: false);

    /// <summary>The page of the live view, which asks for its data.</summary>
    internal static string Live(ReportJson content) => Fill(content, connections: "'self'", live: true);

    private static string Fill(ReportJson content, string connections, bool live)
    {
        string script = PageParts.Script;
        string style = PageParts.Style;
        string policy =
            $"default-src 'none'; script-src '{Hash(script)}'; style-src '{Hash(style)}'; img-src data:; "
            + $"connect-src {connections}; base-uri 'none'; form-action 'none'";
        Dictionary<string, string> parts = new()
        {
            ["policy"] = policy,
            ["licence"] = PageParts.PlotLicence,
            ["style"] = style,
            ["script"] = script,
            ["live"] = live ? "true" : "false",
            ["data"] = Encoding.UTF8.GetString(content.Data),
            ["pictures"] = Encoding.UTF8.GetString(content.Pictures),
        };
        return Filled(PageParts.Frame, parts);
    }

    // In one pass, so that nothing in a part is taken for a place.
    private static string Filled(string frame, Dictionary<string, string> parts)
    {
        StringBuilder page = new();
        string[] pieces = frame.Split("{{");
        page.Append(pieces[0]);
        foreach (string piece in pieces.Skip(1))
        {
            string[] nameAndRest = piece.Split("}}", 2);
            page.Append(parts[nameAndRest[0]]).Append(nameAndRest[1]);
        }
        return page.ToString();
    }

    private static string Hash(string text) =>
        "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
