namespace Nave.Hub.Queries;

/// <summary>A function's name and the number of arguments it takes.</summary>
internal sealed record FunctionSignature(QueryFunction Function, string Name, int MinArguments, int MaxArguments)
{
    /// <summary>Gets the permitted number of arguments in words.</summary>
    public string ArgumentCount => (MinArguments, MaxArguments) switch
    {
        (1, 1) => "one argument",
        (2, 2) => "two arguments",
        (2, 3) => "two or three arguments",
        _ => "two or more arguments",
    };
}
