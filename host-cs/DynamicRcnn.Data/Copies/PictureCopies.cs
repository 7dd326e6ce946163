namespace DynamicRcnn.Data;

/// <summary>Finds pictures that are equal or nearly equal. What comes out does not depend on the number of threads.</summary>
internal static class PictureCopies
{
    /// <summary>For each of some pictures the first of others that it is a copy of; those without one, and those that are null, are left out.</summary>
    internal static IReadOnlyList<(int Place, int Other)> Between(
        IReadOnlyList<SmallPicture?> pictures,
        IReadOnlyList<SmallPicture?> others
    ) =>
        [
            .. InOrder
                .Map(Enumerable.Range(0, pictures.Count), place => (place, First(pictures[place], others)))
                .Where(pair => pair.Item2 >= 0),
        ];

    /// <summary>A number for each picture, which copies of each other share, directly or by others between them: the place of the first of them.</summary>
    internal static int[] Groups(IReadOnlyList<SmallPicture?> pictures)
    {
        int[][] copies = InOrder.Map(
            Enumerable.Range(0, pictures.Count),
            place => Enumerable.Range(0, place).Where(before => AreCopies(pictures[place], pictures[before])).ToArray()
        );
        int[] first = [.. Enumerable.Range(0, pictures.Count)];
        for (int place = 0; place < copies.Length; place++)
        {
            foreach (int before in copies[place])
            {
                (int low, int high) = (Math.Min(Root(before), Root(place)), Math.Max(Root(before), Root(place)));
                first[high] = low;
            }
        }
        return [.. first.Select(Root)];

        int Root(int place)
        {
            while (first[place] != place)
            {
                place = first[place];
            }
            return place;
        }
    }

    private static int First(SmallPicture? picture, IReadOnlyList<SmallPicture?> others)
    {
        for (int place = 0; place < others.Count; place++)
        {
            if (AreCopies(picture, others[place]))
            {
                return place;
            }
        }
        return -1;
    }

    private static bool AreCopies(SmallPicture? one, SmallPicture? other) =>
        one is not null && other is not null && one.IsCopyOf(other);
}
