namespace Nave.Server.Connections;

/// <summary>What a protocol keeps for each lane.</summary>
internal interface ILaneState
{
    /// <summary>Called about once a second.</summary>
    void OnTick();
}
