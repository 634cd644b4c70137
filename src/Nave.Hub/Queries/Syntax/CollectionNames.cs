namespace Nave.Hub.Queries;

/// <summary>What a query calls its collections.</summary>
internal static class CollectionNames
{
    /// <summary>Gets the collections of a hub.</summary>
    public static IReadOnlyList<QuerySource> Hub { get; } = [QuerySource.Devices, QuerySource.Modules, QuerySource.Jobs];

    /// <summary>Lists collections for people.</summary>
    public static string List(IReadOnlyList<QuerySource> sources) => sources.Count == 1
        ? Get(sources[0])
        : $"{string.Join(", ", sources.SkipLast(1).Select(Get))} or {Get(sources[^1])}";

    /// <summary>Gets the name of a collection.</summary>
    public static string Get(QuerySource source) => source switch
    {
        QuerySource.Devices => "devices",
        QuerySource.Modules => "devices.modules",
        QuerySource.Jobs => "devices.jobs",
        QuerySource.Enrollments => "enrollments",
        QuerySource.EnrollmentGroups => "enrollmentGroups",
        QuerySource.Registrations => "registrations",
        _ => throw new ArgumentOutOfRangeException(nameof(source), source, "A message is no collection."),
    };
}
