using System.Globalization;
using System.Net;
using System.Text;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>What data review found as one page that opens without a network, without a script: a cut-out for each place.</summary>
internal static class ReviewPage
{
    private const int LongSide = 360;
    private const int Quality = 85;

    /// <summary>Pixels of the picture around a place, at least.</summary>
    private const int Around = 40;

    /// <summary>Writes the page, in one step.</summary>
    /// <param name="path">Ends in .html.</param>
    /// <param name="title">What the data set is called.</param>
    /// <param name="classes">In label order.</param>
    /// <param name="ranked">The places.</param>
    /// <param name="most">So many of them are shown.</param>
    public static void Write(
        string path,
        string title,
        IReadOnlyList<ClassName> classes,
        IReadOnlyList<SuspectLabel> ranked,
        int most
    )
    {
        string[] tiles =
        [
            .. ranked.Take(most).AsParallel().AsOrdered().Select((suspect, place) => Tile(suspect, place + 1, classes)),
        ];
        string counts = string.Join(
            ", ",
            ranked
                .GroupBy(suspect => suspect.Kind)
                .OrderBy(kind => kind.Key)
                .Select(kind => $"{kind.Count()} {ReviewList.Word(kind.Key)}")
        );
        AtomicFile.WriteText(
            path,
            $$"""
            <!doctype html>
            <html lang="en">
              <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'" />
                <title>Labels to look at</title>
                <style>{{ContactSheet.Part("css")}}</style>
              </head>
              <body>
                <header><h1>{{Text(title)}}: labels to look at</h1></header>
                <main>
                  <section>
                    <p>{{tiles.Length}} of {{ranked.Count}} places ({{counts}}), the likeliest mistakes first. The label is solid, what the detector found is dashed.</p>
                    <div id="grid">
            {{string.Concat(tiles)}}
                    </div>
                  </section>
                </main>
              </body>
            </html>

            """
        );
    }

    private static string Tile(SuspectLabel suspect, int number, IReadOnlyList<ClassName> classes)
    {
        string label = suspect.Label is { } own ? classes[own.Label].Name : "no label";
        string found = suspect.Found is { } box
            ? string.Create(CultureInfo.InvariantCulture, $"{classes[box.Label].Name} {box.Score:F2}")
            : "nothing";
        return $"""
            <figure class="tile" id="place-{number}"><div class="picture">{Picture(
                suspect
            )}</div><figcaption class="caption"><span>{number}. {ReviewList.Word(suspect.Kind)} {suspect.Score.ToString(
                "F2",
                CultureInfo.InvariantCulture
            )}</span><span class="file" title="{Text(suspect.Image.Path)}">{Text(
                suspect.Image.FileName
            )}</span></figcaption><div class="caption quiet"><span>label: {Text(label)}</span><span>found: {Text(
                found
            )}</span></div></figure>

            """;
    }

    private static string Picture(SuspectLabel suspect)
    {
        LabelledBox[] boxes =
        [
            .. suspect.Label is { } label
                ? (LabelledBox[])[new(label.X1, label.Y1, label.X2, label.Y2, label.Label, 1)]
                : [],
            .. suspect.Found is { } found ? (LabelledBox[])[found] : [],
        ];
        RgbImage picture = suspect.Image.Decode();
        float reach = Math.Max(Around, boxes.Max(box => Math.Max(box.X2 - box.X1, box.Y2 - box.Y1)) / 2);
        int left = (int)Math.Max(0, boxes.Min(box => box.X1) - reach);
        int top = (int)Math.Max(0, boxes.Min(box => box.Y1) - reach);
        int right = (int)Math.Min(picture.Width, Math.Ceiling(boxes.Max(box => box.X2) + reach));
        int bottom = (int)Math.Min(picture.Height, Math.Ceiling(boxes.Max(box => box.Y2) + reach));
        RgbImage cut = picture.Part(left, top, right - left, bottom - top);
        string jpeg = Convert.ToBase64String(ImageCodec.EncodeJpeg(Thumbnail.Of(cut, LongSide), Quality));
        StringBuilder svg = new();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg viewBox=\"0 0 {cut.Width} {cut.Height}\"><image width=\"{cut.Width}\" height=\"{cut.Height}\" preserveAspectRatio=\"none\" href=\"data:image/jpeg;base64,{jpeg}\"/>"
        );
        for (int place = 0; place < boxes.Length; place++)
        {
            LabelledBox box = boxes[place];
            RgbColor color = ClassPalette.ColorOf(box.Label);
            string mark = suspect.Label is null || place > 0 ? " class=\"crowd\"" : "";
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<rect{mark} x=\"{box.X1 - left:F1}\" y=\"{box.Y1 - top:F1}\" width=\"{box.X2 - box.X1:F1}\" height=\"{box.Y2 - box.Y1:F1}\" stroke=\"#{color.Red:x2}{color.Green:x2}{color.Blue:x2}\"/>"
            );
        }

        return svg.Append("</svg>").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
