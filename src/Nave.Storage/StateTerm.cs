namespace Nave.Storage;

/// <summary>A value by which a document can be found: <c>("tags.site", "rome")</c>.</summary>
/// <param name="Name">The name of the term.</param>
/// <param name="Value">The value, compared ordinally.</param>
public readonly record struct StateTerm(string Name, string Value);
