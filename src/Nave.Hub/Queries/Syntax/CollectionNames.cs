namespace Nave.Hub.Queries;

/// <summary>What a query calls its collections.</summary>
internal static class CollectionNames
{
    /// <summary>Gets the name of a collection.</summary>
    public static string Get(QuerySource source) => source switch
    {
        QuerySource.Devices => "devices",
        QuerySource.Modules => "devices.modules",
        QuerySource.Jobs => "devices.jobs",
        _ => throw new ArgumentOutOfRangeException(nameof(source), source, "A message is no collection."),
    };
}
