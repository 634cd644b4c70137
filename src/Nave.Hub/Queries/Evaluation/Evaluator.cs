namespace Nave.Hub.Queries;

/// <summary>A node of a compiled expression. Immutable; any number of threads may use it.</summary>
internal abstract class Evaluator
{
    /// <summary>Computes the value over a row.</summary>
    public abstract QueryValue Evaluate(IQueryRow row);

    /// <summary>Computes the value as a truth value: what is no boolean is undefined.</summary>
    public virtual Truth Test(IQueryRow row)
    {
        var value = Evaluate(row);
        return value.Kind != QueryValueKind.Boolean ? Truth.Undefined : value.IsTrue ? Truth.True : Truth.False;
    }
}
