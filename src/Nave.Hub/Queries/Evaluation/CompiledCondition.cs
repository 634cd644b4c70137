namespace Nave.Hub.Queries;

/// <summary>A condition ready to be tested on rows. Immutable; any number of threads may use it.</summary>
internal sealed class CompiledCondition
{
    private readonly Evaluator? _evaluator;

    /// <summary>Compiles a condition; <see langword="null"/> = every row.</summary>
    public CompiledCondition(Expression? where)
    {
        var table = new PathTable();
        _evaluator = where is null ? null : ExpressionCompiler.Compile(where, table);
        Paths = table.Paths;
    }

    /// <summary>Gets the paths that the condition reads; the place of each is its slot.</summary>
    public IReadOnlyList<QueryPath> Paths { get; }

    /// <summary>Gets a value indicating whether every row passes.</summary>
    public bool IsAlways => _evaluator is null;

    /// <summary>Says whether the condition is true for a row; false and undefined are both no.</summary>
    public bool Matches(IQueryRow row) => _evaluator is null || _evaluator.Test(row) == Truth.True;
}
