namespace Nave.Hub.Queries;

/// <summary>A path into a row: <c>tags.location.region</c>, <c>$body.readings[0].value</c>. The first segment is a name.</summary>
/// <remarks>
/// For rows of a collection the names of Azure's own attributes have Azure's letter case here, and the prefix with the name
/// of the collection is gone. In conditions on messages names are as written: the row decides what <c>$body</c> means.
/// </remarks>
internal sealed record QueryPath(ValueList<PathSegment> Segments)
{
    /// <summary>Makes a path of property names.</summary>
    public static QueryPath Of(params ReadOnlySpan<string> names)
    {
        var segments = new PathSegment[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            segments[i] = PathSegment.Property(names[i]);
        }

        return new QueryPath(new ValueList<PathSegment>(segments));
    }

    /// <summary>Gets the first name.</summary>
    public string Root => Segments[0].Name!; // The parser makes no path that begins with an index.

    /// <summary>Gets the last name: what a column of a result is called unless it has an alias.</summary>
    public string LastName
    {
        get
        {
            for (var i = Segments.Count - 1; i > 0; i--)
            {
                if (Segments[i].Name is { } name)
                {
                    return name;
                }
            }

            return Root;
        }
    }

    /// <summary>Gives the path as a query spells it.</summary>
    public override string ToString() => QueryPrinter.Print(this);
}
