using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DynamicRcnn.Data;

/// <summary>A part of a data set to be made.</summary>
/// <param name="Name">Of the split.</param>
/// <param name="Share">Of the images and of each class's boxes, above 0; all shares add up to 1.</param>
internal sealed record WantedPart(string Name, double Share);

/// <summary>Divides a data set by shares: classes balanced, and pictures that are copies of each other in one part.</summary>
/// <remarks>
/// Groups of copies are dealt out one by one, those with the rarest class first, each to the part that gets nearest to its shares by it; then groups
/// move, and change places, as long as that brings the parts nearer. The order is a hash of seed and name, so it does not depend on how the
/// images are listed.
/// </remarks>
internal sealed class DatasetDivision
{
    /// <summary>Rounds of moves; the parts stand still long before.</summary>
    private const int MostRounds = 30;

    /// <summary>Groups that one may change places with: enough for the counts to fit, few enough for large data sets.</summary>
    private const int Neighbours = 40;

    private const double Tiny = 1e-12;

    /// <summary>Squared shares: a hundredth of a percent in each of ten rows.</summary>
    private const double Near = 1e-7;

    private readonly IReadOnlyList<WantedPart> parts;
    private readonly Group[] groups;
    private readonly double[] totals;
    private readonly double[][] counts;
    private readonly int[] partOf;

    private DatasetDivision(Dataset dataset, int[] groupOf, IReadOnlyList<WantedPart> parts, int seed)
    {
        this.parts = parts;
        int kinds = dataset.Classes.Count + 1;
        ILookup<int, int> members = Enumerable.Range(0, groupOf.Length).ToLookup(place => groupOf[place]);
        totals = new double[kinds];
        Group[] found = [.. members.Select(group => GroupOf(dataset, [.. group], seed))];
        foreach (Group group in found)
        {
            Add(totals, group, 1);
        }
        groups = [.. found.OrderBy(group => group.Kinds.Min(kind => totals[kind.Kind])).ThenBy(group => group.Order)];
        counts = [.. parts.Select(_ => new double[kinds])];
        partOf = [.. groups.Select(_ => -1)];
    }

    /// <summary>The parts, each with the images in the data set's order.</summary>
    /// <param name="dataset">All of it.</param>
    /// <param name="groupOf">For each image a number that copies share.</param>
    /// <param name="parts">At least two.</param>
    /// <param name="seed">The same seed makes the same parts.</param>
    /// <exception cref="DataException">There are fewer groups than parts.</exception>
    internal static IReadOnlyList<Dataset> Of(Dataset dataset, int[] groupOf, IReadOnlyList<WantedPart> parts, int seed)
    {
        DatasetDivision division = new(dataset, groupOf, parts, seed);
        division.Deal();
        division.Improve();
        int[] partOfImage = new int[dataset.Images.Count];
        for (int place = 0; place < division.groups.Length; place++)
        {
            foreach (int image in division.groups[place].Images)
            {
                partOfImage[image] = division.partOf[place];
            }
        }
        Dataset[] divided =
        [
            .. parts.Select(
                (part, number) =>
                    dataset with
                    {
                        Split = part.Name,
                        Images = [.. dataset.Images.Where((_, place) => partOfImage[place] == number)],
                    }
            ),
        ];
        Dataset? empty = divided.FirstOrDefault(part => part.Images.Count == 0);
        return empty is null
            ? divided
            : throw new DataException(
                $"{dataset.Name}: no image is left for the part {empty.Split}: there are {dataset.Images.Count} images, and {division.groups.Length} once copies stay together; expected more images, or a larger share."
            );
    }

    private static Group GroupOf(Dataset dataset, int[] images, int seed)
    {
        IEnumerable<(int Kind, double Count)> classes = images
            .SelectMany(place => dataset.Images[place].Boxes)
            .Where(box => !box.Crowd)
            .GroupBy(box => box.Label + 1)
            .Select(group => (group.Key, (double)group.Count()));
        string name = images.Select(place => dataset.Images[place].FileName).Min(StringComparer.Ordinal)!;
        byte[] digest = SHA256.HashData(
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}\n{name}"))
        );
        return new Group(
            images,
            [(0, images.Length), .. classes.OrderBy(kind => kind.Kind)],
            BinaryPrimitives.ReadUInt64BigEndian(digest)
        );
    }

    private void Deal()
    {
        for (int place = 0; place < groups.Length; place++)
        {
            Group group = groups[place];
            int best = Enumerable.Range(0, parts.Count).MinBy(part => Change(part, group, 1));
            partOf[place] = best;
            Add(counts[best], group, 1);
        }
    }

    private void Improve()
    {
        for (int round = 0; round < MostRounds; round++)
        {
            bool moved = false;
            for (int place = 0; place < groups.Length; place++)
            {
                moved |= TryMove(place) || TryChange(place);
            }
            if (!moved || Enumerable.Range(0, parts.Count).Sum(Distance) < Near)
            {
                return;
            }
        }
    }

    private bool TryMove(int place)
    {
        Group group = groups[place];
        int from = partOf[place];
        double leaving = Change(from, group, -1);
        int best = Enumerable.Range(0, parts.Count).Where(part => part != from).MinBy(part => Change(part, group, 1));
        if (leaving + Change(best, group, 1) >= -Tiny)
        {
            return false;
        }
        Move(place, best);
        return true;
    }

    /// <summary>Changes places with one of the groups that follow.</summary>
    private bool TryChange(int place)
    {
        int last = Math.Min(groups.Length, place + Neighbours);
        for (int other = place + 1; other < last; other++)
        {
            (int from, int to) = (partOf[place], partOf[other]);
            if (from == to)
            {
                continue;
            }
            double before = Distance(from) + Distance(to);
            Move(place, to);
            Move(other, from);
            if (Distance(from) + Distance(to) < before - Tiny)
            {
                return true;
            }
            Move(place, from);
            Move(other, to);
        }
        return false;
    }

    private void Move(int place, int to)
    {
        Add(counts[partOf[place]], groups[place], -1);
        Add(counts[to], groups[place], 1);
        partOf[place] = to;
    }

    /// <summary>How much farther a part is from its shares with a group more, or less.</summary>
    private double Change(int part, Group group, int sign)
    {
        double change = 0;
        foreach ((int kind, double count) in group.Kinds)
        {
            double now = (counts[part][kind] / totals[kind]) - parts[part].Share;
            double then = now + (sign * count / totals[kind]);
            change += (then * then) - (now * now);
        }
        return change;
    }

    private double Distance(int part)
    {
        double distance = 0;
        for (int kind = 0; kind < totals.Length; kind++)
        {
            double off = totals[kind] == 0 ? 0 : (counts[part][kind] / totals[kind]) - parts[part].Share;
            distance += off * off;
        }
        return distance;
    }

    private static void Add(double[] counts, Group group, int sign)
    {
        foreach ((int kind, double count) in group.Kinds)
        {
            counts[kind] += sign * count;
        }
    }

    /// <summary>Images that stay together.</summary>
    /// <param name="Images">Their places.</param>
    /// <param name="Kinds">How many images (kind 0) and boxes of each class (kind 1 and on) it has.</param>
    /// <param name="Order">By which equal ones are told apart.</param>
    private sealed record Group(IReadOnlyList<int> Images, IReadOnlyList<(int Kind, double Count)> Kinds, ulong Order);
}
