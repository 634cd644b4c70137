namespace Nave.Hub.Queries;

/// <summary>The names of the aggregates.</summary>
internal static class AggregateNames
{
    /// <summary>Gets the names in the order of <see cref="AggregateFunction"/>.</summary>
    public static IReadOnlyList<string> All { get; } = ["COUNT", "SUM", "AVG", "MIN", "MAX"];

    /// <summary>Gets the name of an aggregate.</summary>
    public static string Get(AggregateFunction function) => All[(int)function];

    /// <summary>Finds an aggregate by its name in any letter case.</summary>
    public static AggregateFunction? Find(string name)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (All[i].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return (AggregateFunction)i;
            }
        }

        return null;
    }
}
