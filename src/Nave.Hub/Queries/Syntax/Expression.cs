namespace Nave.Hub.Queries;

/// <summary>An expression: a value, or a condition on a row.</summary>
/// <param name="Depth">The levels below and with this node: 1 for a leaf; see <see cref="QueryLimits.MaxDepth"/>.</param>
internal abstract record Expression(int Depth)
{
    /// <summary>Gets where the expression stands in the text.</summary>
    public SourceOffset Source { get; init; }

    /// <summary>Gets the depth of the deepest of <paramref name="expressions"/>, 0 if there is none.</summary>
    protected static int Deepest(IReadOnlyList<Expression> expressions)
    {
        var deepest = 0;
        foreach (var expression in expressions)
        {
            deepest = Math.Max(deepest, expression.Depth);
        }

        return deepest;
    }
}
